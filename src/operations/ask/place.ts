/** Where a URL leads; a URL itself does not keep the port that its protocol implies. */
export interface Place {
  /** Such as `https:`. */
  readonly protocol: string;
  readonly hostname: string;
  readonly port: string;
}

/** @throws TypeError for what is no URL */
export function placeOf(url: string): Place {
  const { protocol, hostname, port } = new URL(url);
  return { protocol, hostname, port: port || (protocol === 'https:' ? '443' : '80') };
}
