import {
  AUTHORITATIVE_ANSWER,
  type DecodedPacket,
  decode,
  encode,
  type OptAnswer,
  type Packet,
  type Question,
  RECURSION_DESIRED,
  TRUNCATED_RESPONSE,
} from 'dns-packet';
import { plainName, readName } from '../route53/names.ts';
import type { Answer, DnsRecord } from './lookup.ts';
import { encodable } from './records.ts';

/** Numbers of the response codes that the name servers use (RFC 1035, RFC 6891 for the one in two parts). */
export const RCODES = { NOERROR: 0, FORMERR: 1, SERVFAIL: 2, NXDOMAIN: 3, NOTIMP: 4, REFUSED: 5 } as const;

export type Rcode = keyof typeof RCODES;

/** Octets that fit into UDP without EDNS (RFC 1035), and the most that a name server sends with it. */
const PLAIN_SIZE = 512;
const LARGEST_SIZE = 4096;
const LARGEST_TCP = 65_535;

export type Transport = 'udp' | 'tcp';

/** Answers one question, `name` as Route 53 lists it. */
export type AnswerQuestion = (name: string, type: string) => Answer;

/**
 * The response to a message.
 *
 * @returns nothing when the message is none to respond to: too short, or a response itself
 */
export function respond(message: Buffer, transport: Transport, answer: AnswerQuestion): Buffer | undefined {
  if (message.length < HEADER || message.readUInt16BE(2) & RESPONSE) return undefined;
  const query = read(message);
  if (query === undefined) {
    return encode({ type: 'response', id: message.readUInt16BE(0), flags: RCODES.FORMERR });
  }
  const opt = optOf(query);
  const response = responseTo(query, opt, answer);
  const whole = encode(response);
  const limit = transport === 'tcp' ? LARGEST_TCP : udpLimit(opt);
  if (whole.length <= limit) return whole;
  const flags = (response.flags ?? 0) | TRUNCATED_RESPONSE;
  return encode({ ...response, flags, answers: [], authorities: [] });
}

/** Octets. */
const HEADER = 12;
const RESPONSE = 1 << 15;

function read(message: Buffer): DecodedPacket | undefined {
  try {
    return decode(message);
  } catch {
    return undefined;
  }
}

function optOf({ additionals = [] }: Packet): OptAnswer | undefined {
  return additionals.find((each): each is OptAnswer => each.type === 'OPT');
}

function udpLimit(opt: OptAnswer | undefined): number {
  return opt === undefined ? PLAIN_SIZE : Math.min(LARGEST_SIZE, Math.max(PLAIN_SIZE, opt.udpPayloadSize));
}

/** The response code in the flags of a message. */
export function rcodeOf({ flags = 0 }: Packet): number {
  return flags & 0xf;
}

function responseTo(query: DecodedPacket, opt: OptAnswer | undefined, answer: AnswerQuestion): Packet {
  const { id = 0, flags = 0, questions = [] } = query;
  const [question] = questions;
  const base = {
    type: 'response',
    id,
    questions,
    additionals: opt === undefined ? [] : [ownOpt(opt)],
  } as const;
  // Whoever asks for recursion gets that back (RFC 1035), but no recursion.
  const echoed = flags & RECURSION_DESIRED;
  const refuse = (rcode: Rcode): Packet => ({ ...base, flags: echoed | RCODES[rcode] });
  if (((flags >> 11) & 0xf) !== 0) return refuse('NOTIMP');
  if (question === undefined || questions.length > 1) return { ...refuse('FORMERR'), questions: [] };
  if (opt !== undefined && opt.ednsVersion > 0) return refuse('NOERROR');
  if (question.class !== 'IN') return { ...refuse('REFUSED'), questions: [] };
  if (UNANSWERED.has(question.type)) return refuse('NOTIMP');
  const reading = readName(question.name);
  if (!reading.valid) return { ...refuse('REFUSED'), questions: [] };
  const found = answer(reading.name, question.type);
  const { rcode, records, soa } = readAnswer(found);
  if (rcode === 'REFUSED' || rcode === 'SERVFAIL') return refuse(rcode);
  const owner = (record: DnsRecord) => ownerFor(record, question, reading.name);
  return {
    ...base,
    flags: echoed | AUTHORITATIVE_ANSWER | RCODES[rcode],
    answers: records.map((record) => encodable(record, owner(record))),
    authorities: soa === undefined ? [] : [encodable(soa, plainName(soa.owner))],
  };
}

/** Transfers, and the question for everything at once, are not modelled. */
const UNANSWERED: ReadonlySet<string> = new Set(['ANY', 'AXFR', 'IXFR']);

/** Answers repeat the name as it was asked, upper case and all. */
function ownerFor({ owner }: DnsRecord, question: Question, asked: string): string {
  return owner === asked ? question.name : plainName(owner);
}

/** An answer in the terms of messages. */
export function readAnswer(answer: Answer): {
  readonly rcode: Rcode;
  readonly records: readonly DnsRecord[];
  readonly soa?: DnsRecord;
} {
  switch (answer.kind) {
    case 'answered':
      return { rcode: 'NOERROR', records: answer.records };
    case 'no-data':
      return { rcode: 'NOERROR', records: answer.records, soa: answer.soa };
    case 'no-name':
      return { rcode: 'NXDOMAIN', records: answer.records, soa: answer.soa };
    case 'refused':
      return { rcode: 'REFUSED', records: [] };
    case 'endless':
      return { rcode: 'SERVFAIL', records: [] };
  }
}

/** BADVERS (16) for a version of EDNS that is not there yet: the upper bits of the code are here. */
function ownOpt({ ednsVersion }: OptAnswer): OptAnswer {
  return {
    type: 'OPT',
    name: '.',
    udpPayloadSize: LARGEST_SIZE,
    extendedRcode: ednsVersion > 0 ? 1 : 0,
    ednsVersion: 0,
    flags: 0,
    flag_do: false,
    options: [],
  };
}
