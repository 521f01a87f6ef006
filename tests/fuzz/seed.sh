#!/usr/bin/env bash
# Copies the small photos of the shared set, the fixtures and earlier findings into the corpora of the fuzz targets.
set -euo pipefail
cd "$(dirname "$0")"
photos=../../../shared/data/photos
for target in protect metadata generator pixels; do
  mkdir -p "corpus/$target"
done
if [ -d "$photos" ]; then
  find "$photos" -type f -size -64k ! -name MANIFEST.tsv | while read -r photo; do
    name=$(basename "$(dirname "$photo")")-$(basename "$photo")
    cp "$photo" "corpus/protect/$name"
    cp "$photo" "corpus/metadata/$name"
  done
  chmod -R u+w corpus
else
  echo "the shared photo set is not beside the project: only fixtures are used" >&2
fi
cp ../fixtures/cyclamen_persicum.jpg corpus/protect/
cp ../fixtures/cyclamen_persicum.jpg corpus/metadata/
cp ../fixtures/generators/*.onnx corpus/generator/
# Any bytes do: the first ones are the shape of the view, the rest its samples.
for length in 16 64 256 1024 4096; do
  head -c "$length" ../fixtures/cyclamen_persicum.jpg > "corpus/pixels/head-$length"
  tail -c "$length" ../fixtures/cyclamen_persicum.jpg > "corpus/pixels/tail-$length"
done
for target in protect metadata generator pixels; do
  find "../fixtures/regressions/$target" -type f -exec cp {} "corpus/$target/" \; 2>/dev/null || true
done
for target in protect metadata generator pixels; do
  echo "$target: $(find "corpus/$target" -type f | wc -l) inputs"
done
