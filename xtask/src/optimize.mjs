// wasm-opt for many files at once: `node optimize.mjs OUT FILE…`. As a program it takes half a second to begin, and the console
// has hundreds of pieces.
import { readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';

import binaryen from 'binaryen';

const [out, ...files] = process.argv.slice(2);
const { BulkMemory, BulkMemoryOpt, NontrappingFPToInt, SignExt, MutableGlobals, ReferenceTypes, Multivalue } = binaryen.Features;

// -Os. Not z: compressed, s is smaller.
binaryen.setOptimizeLevel(2);
binaryen.setShrinkLevel(1);
binaryen.setDebugInfo(false);
binaryen.setGenerateStackIR(true);
binaryen.setOptimizeStackIR(true);

for (const file of files) {
  const module = binaryen.readBinary(readFileSync(file));
  // What a current rustc takes for granted and Binaryen does not.
  module.setFeatures(module.getFeatures() | BulkMemory | BulkMemoryOpt | NontrappingFPToInt | SignExt | MutableGlobals | ReferenceTypes | Multivalue);
  module.optimize();
  module.runPasses(['strip-producers', 'strip-target-features']);
  writeFileSync(join(out, basename(file)), module.emitBinary());
  module.dispose();
  console.log(basename(file));
}
