import { readDocument, type XmlElement } from './element-tree.js';
import type { XmlEncoding } from './encoding.js';
import { knownElement } from './known-elements.js';

/** One element that concerns CAPF or security. */
export interface ReportedElement {
  /** Names from below `device`, joined by `/`: `capfList/capf/phonePort`. */
  readonly path: string;
  /** From 1. */
  readonly line: number;
  /** Its text; null where it is a secret that is not shown. */
  readonly value: string | null;
}

/** Something in a file that phones will hardly like; no reason to refuse it. */
export interface ConfigurationFinding {
  readonly path: string;
  readonly line: number;
  /** One sentence, without secrets. */
  readonly message: string;
}

/** What a full configuration file says about CAPF and security. */
export interface ConfigurationReport {
  readonly encoding: XmlEncoding;
  readonly bytes: number;
  /** In the order of the file. */
  readonly elements: readonly ReportedElement[];
  /** What a build puts in because the file lacks it. */
  readonly missing: readonly string[];
  readonly findings: readonly ConfigurationFinding[];
}

/** What a build sets. */
const setByBuilds = ['fullConfig', 'capfAuthMode', 'capfList', 'certHash', 'encrConfig'] as const;

/** Phones read so many members of a list (section 9). */
const mostMembers: Readonly<Record<string, { readonly child: string; readonly most: number }>> = {
  capfList: { child: 'capf', most: 5 },
  'devicePool/callManagerGroup/members': { child: 'member', most: 5 },
  'TVS/members': { child: 'member', most: 5 },
};

/**
 * Reads a full `SEP<MAC>.cnf.xml` and reports what it says about CAPF and security. Values of fields in templates
 * (`${field}`) are not looked at.
 *
 * @throws TftpError `configuration-too-long`, `configuration-encoding-unsupported`, `configuration-encoding-wrong`,
 * `configuration-malformed`, `configuration-doctype-refused`, `configuration-too-many-elements`, `configuration-root-unexpected`,
 * `configuration-element-repeated`, `configuration-element-unexpected`: each says the line and what to do
 */
export function readConfiguration(xml: Uint8Array): ConfigurationReport {
  const { encoding, device } = readDocument(xml);
  const elements: ReportedElement[] = [];
  const findings: ConfigurationFinding[] = [];
  const visit = (element: XmlElement, above: readonly string[]): void => {
    const names = [...above, element.name];
    const path = names.join('/');
    const list = Object.hasOwn(mostMembers, path) ? mostMembers[path] : undefined;
    const members = element.children.filter(({ name }) => name === list?.child).length;
    if (list !== undefined && members > list.most) {
      findings.push({ path, line: element.line, message: `Phones read ${list.most} <${list.child}>, not ${members}.` });
    }
    const known = knownElement(names);
    if (known !== undefined) {
      const value = element.text.trim();
      elements.push({ path, line: element.line, value: known.isSecret ? null : value });
      if (known.allowed?.test(value) === false && !/\$\{/.test(value)) {
        findings.push({ path, line: element.line, message: `<${element.name}> must be ${known.mustBe}.` });
      }
    }
    for (const child of element.children) visit(child, names);
  };
  for (const child of device.children) visit(child, []);
  return {
    encoding,
    bytes: xml.length,
    elements,
    missing: setByBuilds.filter((name) => !device.children.some((child) => child.name === name)),
    findings: [...findings, ...securityFindings(elements)],
  };
}

/** TLS needs a security mode that has it (section 9), and a mode that has it needs TLS. */
function securityFindings(elements: readonly ReportedElement[]): readonly ConfigurationFinding[] {
  const of = (path: string): ReportedElement | undefined => elements.find((element) => element.path === path);
  const [transport, mode] = [of('transportLayerProtocol'), of('deviceSecurityMode')];
  if (transport?.value !== '3' || mode?.value === '2' || mode?.value === '3') return [];
  const message = '<transportLayerProtocol> 3 (TLS) needs <deviceSecurityMode> 2 or 3.';
  return [{ path: transport.path, line: transport.line, message }];
}
