// The slim Vega of the site: what compiled Vega-Lite charts need, with the interpreter instead of `eval`.
import {extend} from 'vega-util';
import {transforms} from 'vega-dataflow';
import * as tx from 'vega-transforms';
import * as vtx from 'vega-view-transforms';
import * as encode from 'vega-encode';
import * as tree from 'vega-hierarchy';
import * as reg from 'vega-regression';
extend(transforms, tx, vtx, encode, tree, reg);

export {View} from 'vega-view';
export {parse} from 'vega-parser';
export {expressionInterpreter} from 'vega-interpreter';
