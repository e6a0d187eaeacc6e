/** Takes messages out of a TCP stream, in which each has its length in two octets before it (RFC 1035, 4.2.2). */
export interface Unframer {
  /** The messages that are complete with these octets. */
  take(octets: Buffer): readonly Buffer[];
}

export function createUnframer(): Unframer {
  let rest = Buffer.alloc(0);
  return {
    take(octets) {
      rest = Buffer.concat([rest, octets]);
      const messages: Buffer[] = [];
      while (rest.length >= 2 && rest.length >= 2 + rest.readUInt16BE(0)) {
        const end = 2 + rest.readUInt16BE(0);
        messages.push(rest.subarray(2, end));
        rest = rest.subarray(end);
      }
      return messages;
    },
  };
}

/** A message as it goes into a TCP stream. */
export function framed(message: Buffer): Buffer {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(message.length);
  return Buffer.concat([length, message]);
}
