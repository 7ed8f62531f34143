// Answers questions.tsv with @sigstore/verify: checkpoints, and inclusion proofs as it checks those of Rekor.
// Prints one line per question it understands: its number and "accept" or "refuse: why".
// Usage: node verify.js <folder of the package> <folder of the questions>
'use strict';

const { createHash, createPublicKey } = require('crypto');
const { readFileSync } = require('fs');
const { join } = require('path');

const [, , library, folder] = process.argv;
// The package's front door wants a whole Sigstore bundle; the part of it that reads logs is what is asked here.
const { verifyTLogInclusion } = require(join(library, 'dist', 'tlog', 'index.js'));
const { verifyCheckpoint } = require(join(library, 'dist', 'tlog', 'checkpoint.js'));

const vkey = readFileSync(join(folder, 'log.vkey'), 'utf8').trim();
const [name, id] = vkey.split('+');
const material = Buffer.from(vkey.slice(name.length + id.length + 2), 'base64');
const computed = createHash('sha256').update(`${name}\n`).update(material).digest().subarray(0, 4);
if (computed.toString('hex') !== id || material[0] !== 1) throw new Error('the vkey is not one');
const publicKey = createPublicKey({
  key: { kty: 'OKP', crv: 'Ed25519', x: material.subarray(1).toString('base64url') },
  format: 'jwk',
});
const logs = [{ logID: computed, publicKey, baseURL: name }];

function checkpoint(path) {
  verifyCheckpoint({ inclusionProof: { checkpoint: { envelope: readFileSync(path, 'utf8') } } }, logs);
}

function inclusion(entry, path) {
  const proof = readFileSync(path, 'utf8');
  const cut = proof.indexOf('\n\n');
  const [, index, ...hashes] = proof.slice(0, cut).split('\n');
  verifyTLogInclusion(
    {
      canonicalizedBody: readFileSync(entry),
      inclusionProof: {
        logIndex: index.slice('index '.length),
        hashes: hashes.map((hash) => Buffer.from(hash, 'base64')),
        checkpoint: { envelope: proof.slice(cut + 2) },
      },
    },
    logs
  );
}

const kinds = { checkpoint, inclusion };
for (const line of readFileSync(join(folder, 'questions.tsv'), 'utf8').split('\n')) {
  const [number, kind, paths] = line.split('\t');
  if (!(kind in kinds)) continue;
  try {
    kinds[kind](...paths.split(' ').map((path) => join(folder, path)));
    console.log(`${number}\taccept`);
  } catch (error) {
    console.log(`${number}\trefuse: ${error.message}`);
  }
}
