import { AdcsHarness } from './adcs-harness.js';
import { authorityConformance } from './conformance.js';

authorityConformance('AD CS by NTLM', async () => await AdcsHarness.start());
authorityConformance(
  'AD CS by Negotiate, its pages in Japanese',
  async () => await AdcsHarness.start({ schemes: ['Negotiate'], language: 'ja' }),
);
authorityConformance(
  'AD CS by Basic, its pages in German',
  async () => await AdcsHarness.start({ authentication: 'basic', schemes: ['NTLM', 'Basic'], language: 'de' }),
);
