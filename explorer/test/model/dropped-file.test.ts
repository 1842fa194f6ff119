import t from 'tap';
import { kindOfFile } from '../../src/model/dropped-file.ts';

t.test('proofs and genesis files are told by their format, proofs also by their name', async (t) => {
  const rows: [string, string, string][] = [
    ['LICENSE.hufu.json', '{\n  "format": "hufu-bundle/1",', 'bundle'],
    ['renamed.json', '{\n  "format": "hufu-bundle/1",', 'bundle'],
    ['X.HUFU.JSON', 'damaged from the first byte', 'bundle'],
    ['genesis.json', '{\n  "format": "hufu-genesis/1",', 'genesis'],
    ['genesis.hufu.json', '{\n  "format": "hufu-genesis/1",', 'bundle'],
    ['data.json', '{"name": "hufu-bundle/1"}', 'content'],
    ['about.txt', 'the "format": "hufu-genesis/1" is', 'content'],
    ['contract.pdf', '%PDF-1.7', 'content'],
    ['empty', '', 'content'],
  ];
  for (const [name, beginning, kind] of rows) t.equal(kindOfFile(name, beginning), kind, name);
});
