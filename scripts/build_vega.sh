#!/bin/sh
# Builds the Vega runtime that pages load on demand: one classic script, no eval, no network.
# Run it only to change Vega's version (keep it equal to vl-convert's); the result is committed.
set -eu
cd "$(dirname "$0")/vega"
npm install --no-audit --no-fund --silent
out=../../renderers/html/assets
npx esbuild entry.js --bundle --minify --format=iife --global-name=dataspaceVega --target=es2020 \
  --legal-comments=none --banner:js="/* Vega 6.2.0, BSD-3-Clause, see vega.LICENSE.txt */" --outfile="$out/vega.js"
node licenses.js > "$out/vega.LICENSE.txt"
