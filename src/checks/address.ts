/** An address as a socket takes it: in URLs IPv6 stands in brackets. */
export function bareAddress(address: string): string {
  return address.replace(/^\[(.*)\]$/, '$1');
}
