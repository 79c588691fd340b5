export { type CapfServer, readCapfServers } from './capf-servers.js';
export { type DeviceState, setDeviceState } from './device-state.js';
export { longestConfiguration } from './element-tree.js';
export type { XmlEncoding } from './encoding.js';
export { partialConfiguration } from './partial-file.js';
export {
  type ConfigurationFinding,
  type ConfigurationReport,
  type ReportedElement,
  readConfiguration,
} from './report.js';
export { fillTemplate, type TemplateFit, templateFit } from './template.js';
export { checkTemplate, templateFields } from './template-fields.js';
export type { TemplateFields } from './template-text.js';
export { unfilledFields } from './unfilled-fields.js';
