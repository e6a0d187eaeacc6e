/** What is known of a host that may answer. */
export interface KnownHost {
  /** Instance id, or the name or address under which a host without one is known. */
  readonly host: string;
  readonly address?: string;
  readonly port?: number;
}

/**
 * Which host an answer came from, by what it says of itself: the instance id, the address, either with a port, or the EC2
 * host name. EC2 names an instance `i-0123456789abcdef0.<domain>` (resource name) or `ip-10-0-0-1.<domain>` (IP name), as the
 * EC2 User Guide has it ("Amazon EC2 instance hostname types", ec2-instance-naming.html); the domain does not matter.
 *
 * @returns `host` of the one that it is; `undefined` when it is none of the hosts, or when it may be more than one of them
 */
export function recognise(claim: string, hosts: readonly KnownHost[]): string | undefined {
  const fitting = new Set(hosts.filter((host) => fits(claim, host)).map(({ host }) => host));
  const [only] = fitting;
  return fitting.size === 1 ? only : undefined;
}

function fits(claim: string, known: KnownHost): boolean {
  const { name, port } = split(claim.trim().toLowerCase());
  if (port !== undefined && known.port !== undefined && port !== known.port) return false;
  const host = known.host.toLowerCase();
  const address = known.address?.toLowerCase() ?? host;
  if (name === host || name === address) return true;
  const [label] = name.split('.');
  return label === host || label === `ip-${address.replaceAll('.', '-')}`;
}

/** The port behind a name, an IPv4 address, or an IPv6 address in brackets. */
function split(claim: string): { readonly name: string; readonly port?: number } {
  const { inner, plain, port } =
    /^(?:\[(?<inner>[^\]]+)\]|(?<plain>[^:]+))(?::(?<port>\d{1,5}))?$/.exec(claim)?.groups ?? {};
  return { name: inner ?? plain ?? claim, ...(port !== undefined && { port: Number(port) }) };
}
