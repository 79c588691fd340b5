import type { SealedPlace } from '../../secrets/secret-key.js';

/** Where the whole file of a device lies, sealed. @param device - its number */
export function configurationPlace(device: number): SealedPlace {
  return { table: 'device_configuration', row: device, column: 'sealed' };
}

/** Where the texts lie that fill the template of a device: JSON, sealed. @param device - its number */
export function fieldsPlace(device: number): SealedPlace {
  return { table: 'device_configuration', row: device, column: 'sealed_fields' };
}

/** Where a template lies, sealed. @param template - its number */
export function templatePlace(template: number): SealedPlace {
  return { table: 'configuration_template', row: template, column: 'sealed' };
}

/** Where the key lies that is entered on a device by hand, sealed. @param device - its number */
export function symmetricKeyPlace(device: number): SealedPlace {
  return { table: 'device_symmetric_key', row: device, column: 'sealed' };
}
