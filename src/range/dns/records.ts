import type { Answer } from 'dns-packet';
import { plainName } from '../route53/names.ts';
import { readFields, readSoa, readTexts } from '../route53/values.ts';
import type { DnsRecord } from './lookup.ts';

/**
 * A record as it goes into a message.
 *
 * @param owner how whoever asks writes its name
 */
export function encodable({ type, ttl, value }: DnsRecord, owner: string): Answer {
  const common = { name: owner, ttl };
  switch (type) {
    case 'A':
    case 'AAAA':
      return { ...common, type, data: value };
    case 'CNAME':
    case 'NS':
      return { ...common, type, data: plainName(value) };
    case 'TXT':
      return { ...common, type, data: [...(readTexts(value) ?? unwritable(type, value))] };
    case 'MX': {
      const { numbers, target } = readFields(value, 1) ?? unwritable(type, value);
      return { ...common, type, data: { preference: numbers[0], exchange: plainName(target) } };
    }
    case 'SRV': {
      const { numbers, target } = readFields(value, 3) ?? unwritable(type, value);
      const [priority, weight, port = 0] = numbers;
      return { ...common, type, data: { priority, weight, port, target: plainName(target) } };
    }
    case 'SOA': {
      const soa = readSoa(value) ?? unwritable(type, value);
      return { ...common, type, data: { ...soa, mname: plainName(soa.mname), rname: plainName(soa.rname) } };
    }
  }
}

function unwritable(type: string, value: string): never {
  throw new Error(`the zone has a ${type} record ${value}, which cannot be written into a message`);
}
