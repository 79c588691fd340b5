/** Children of `device` in the order of files (tftp-file-formats.md, section 9). */
const order = [
  'fullConfig',
  'deviceProtocol',
  'ipAddressMode',
  'devicePool',
  'TVS',
  'vpnGroup',
  'sipProfile',
  'commonProfile',
  'loadInformation',
  'inactiveLoadInformation',
  'vendorConfig',
  'deviceSecurityMode',
  'secureAuthenticationURL',
  'secureMessagesURL',
  'secureServicesURL',
  'secureDirectoryURL',
  'secureInformationURL',
  'secureIdleURL',
  'transportLayerProtocol',
  'TLSResumptionTimer',
  'capfAuthMode',
  'capfList',
  'certHash',
  'encrConfig',
  'userId',
  'ownerId',
  'sshUserId',
  'sshPassword',
];
const places = new Map(order.map((name, at) => [name, at]));

/** Whether an element stands before another in the order of files; of names that are not in it, never. */
export function standsBefore(name: string, other: string): boolean {
  const [one, two] = [places.get(name), places.get(other)];
  return one !== undefined && two !== undefined && one < two;
}
