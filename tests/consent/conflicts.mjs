// Where the specifications and the official libraries, or two of either, say different things: what is decided here, as tests.

import * as official from '@iabgpp/cmpapi';

import { dice } from './dice.mjs';
import { officialGpp } from './gpp.mjs';
import { officialTc, randomTc } from './tcf.mjs';

// Each gives why it does not hold, or nothing.
export function conflicts() {
  return [
    {
      name: 'sections 24 to 27 with a header',
      decision: 'their specifications have one, the official library writes none: both are read, told apart by the first number',
      holds(decode) {
        for (const [id, prefix, core, part] of [
          [24, 'usmd', official.UsMdCoreSegment, official.UsMdGpcSegment],
          [25, 'usin', official.UsInCoreSegment, official.UsInSensitiveDataConsentSegment],
          [26, 'usky', official.UsKyCoreSegment, official.UsKySensitiveDataConsentSegment],
          [27, 'usri', official.UsRiCoreSegment, official.UsRiSensitiveDataConsentSegment],
        ]) {
          const coreText = new core().encode();
          const [head, own] = [header([id]), characters(bits(id, 6) + bits(1, 6) + bits(0, 12))];
          for (const rest of ['', `.${new part().encode()}`]) {
            const without = decode(`${head}~${coreText}${rest}`)[prefix];
            const { SectionID, Version, ...withHeader } = decode(`${head}~${own}.${coreText}${rest}`)[prefix] ?? {};
            if (SectionID !== id || Version !== 1) return `${prefix} has not its header`;
            if (JSON.stringify(withHeader) !== JSON.stringify(without)) return `${prefix} differs with its header`;
          }
        }
      },
    },
    {
      name: 'publisher restrictions in tcfeuv2',
      decision: 'the platform’s text has another layout than the framework’s; both official libraries follow the framework, and so do we',
      holds(decode) {
        const chance = dice(7);
        for (let found = 0; found < 20; ) {
          const text = randomTc(chance);
          const { publisherRestrictions, isServiceSpecific } = officialTc(text);
          if (publisherRestrictions.length === 0 || !isServiceSpecific) continue;
          found += 1;
          const ours = decode(`${header([2])}~${text}`).tcfeuv2?.PublisherRestrictions;
          const theirs = officialGpp(`${header([2])}~${text}`).tcfeuv2.PublisherRestrictions;
          const expected = publisherRestrictions.map(({ purposeId, restrictionType, vendors }) => [purposeId, restrictionType, vendors]);
          for (const read of [ours, theirs]) {
            const entries = read?.map(({ key, type, ids }) => [key, type, ids]).sort((a, b) => a[0] - b[0] || a[1] - b[1]);
            if (JSON.stringify(entries) !== JSON.stringify(expected)) return text;
          }
        }
      },
    },
    {
      name: 'disclosed vendors in tcfeuv2',
      decision: 'the platform’s text says they are optional and never leave the page; since TCF 2.3 they must: read where they are',
      holds(decode) {
        const chance = dice(8);
        for (let found = 0; found < 20; ) {
          const text = randomTc(chance);
          const { vendorsDisclosed } = officialTc(text);
          if (vendorsDisclosed.length === 0) continue;
          found += 1;
          const read = decode(`${header([2])}~${text}`).tcfeuv2?.VendorsDisclosed;
          if (JSON.stringify(read) !== JSON.stringify(vendorsDisclosed)) return text;
        }
      },
    },
    {
      name: 'sets of vendors in tcfcav1',
      decision: 'the text has one bit before them, the official library the highest number and one bit: read as the library writes',
      holds(decode) {
        const ours = decode('DBABDA~CPSG_8APSG_8AAyACAENGdCgf_gfgAfgfgBgABABAAABAB4AACAC.fHHHA4444ao').tcfcav1;
        const read = JSON.stringify([ours?.VendorExpressConsent, ours?.VendorImpliedConsent]);
        return read === '[[12,24,48],[18,30]]' ? undefined : read;
      },
    },
    {
      name: 'purpose 0 in tcfcav1',
      decision: 'an older section may by chance be one of today with a purpose 0, which there is none of: read as the older one, where the official library reads purpose 0',
      holds(decode) {
        const text =
          `${header([5])}~BPkfooAPkfooA-pb3dCE9AM__psIGHeJUgAAAAAAEVADgAdABeADMAKYAWgBBACcBAAA.ZP8_3___4AA`;
        const ours = decode(text).tcfcav1?.PubRestrictions;
        const theirs = officialGpp(text).tcfcav1.PubRestrictions;
        if (!theirs.some(({ key }) => key === 0)) return 'the official library reads it another way';
        if (JSON.stringify(ours?.map(({ key, type }) => [key, type])) !== '[[10,2],[1,0]]') return JSON.stringify(ours);
      },
    },
    {
      name: 'version 2 of tcfcav1',
      decision: 'the text says 1, the official library wrote 2 for years: both are read',
      holds(decode) {
        const ours = decode('DBABDA~CAAAAAAAAAAAAAAAAAENAACAAAAAAAAAAAAAAAAA.YAAAAAAAAAA').tcfcav1;
        return ours?.Version === 2 ? undefined : JSON.stringify(ours);
      },
    },
    {
      name: 'usnat in the layout of the other version',
      decision: 'early writers of version 2 kept the layout of version 1: told by the length, as the official library does',
      holds(decode) {
        for (const section of ['BVQqAAAACg', 'CVQqAAAACgA', 'CVQqAAAACg', 'BVVVkkkkkpFY', 'CVVVkkkkkpFY']) {
          const text = `${header([7])}~${section}`;
          const [ours, theirs] = [decode(text).usnat, officialGpp(text).usnat];
          for (const [field, value] of Object.entries(theirs)) {
            if (JSON.stringify(ours?.[field]) !== JSON.stringify(value)) return `${section}: ${field}`;
          }
        }
      },
    },
    {
      name: 'consent platform 0 and 1',
      decision: 'the official TC decoder refuses them, that of the platform writes 0 unless told: refused alone, read as a section',
      holds(decode) {
        const text = 'CPXxRfAPXxRfAAAAABENB-CgAAAAAAAAAAYgAAAAAAAA';
        if (decode(text).error !== 'id') return 'read alone';
        return decode(`${header([2])}~${text}`).tcfeuv2?.CmpId === 0 ? undefined : 'not read as a section';
      },
    },
  ];
}

function header(ids) {
  const section = new official.HeaderV1();
  section.setFieldValue('SectionIds', ids);
  return section.encode();
}

function bits(value, width) {
  return value.toString(2).padStart(width, '0');
}

function characters(text) {
  return official.CompressedBase64UrlEncoder.getInstance().encode(text);
}
