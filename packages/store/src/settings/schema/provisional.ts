import { onOff } from '../kinds.js';
import { setting } from './setting.js';

/** Exchanges that no phone was seen with. */
export const provisionalSettings = {
  fetchMic: setting({
    name: 'OPENCAPF_FETCH_MIC',
    scope: 'stored',
    kind: onOff(),
    default: false,
    help: 'Whether a troubleshoot asks for the MIC too, in a second FETCH_CERTIFICATE_REQUEST. Provisional: no phone was seen with it.',
  }),
} as const;
