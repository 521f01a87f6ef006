#!/usr/bin/env bash
# Fills the corpora of the fuzz targets: the small photos of the shared set, the fixtures, earlier findings, and small
# photos of further kinds made with ImageMagick and libjpeg's programs where these are installed.
set -euo pipefail
cd "$(dirname "$0")"
photos=../../../shared/data/photos
fixture=../fixtures/cyclamen_persicum.jpg
targets="protect metadata generator pixels yuv"
for target in $targets; do
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
cp "$fixture" corpus/protect/
cp "$fixture" corpus/metadata/
cp ../fixtures/generators/*.onnx corpus/generator/

has() { command -v "$1" > /dev/null || { echo "no $1: its photos are left out" >&2; false; }; }

made=$(mktemp -d)
trap 'rm -r "$made"' EXIT

# JPEG: the kinds of entropy coding, sampling and restart intervals that are edited in the coefficients.
jpegs() {
  for method in '-progressive' '-restart 1' '-restart 3B -optimize' '-progressive -restart 2B' '-arithmetic' \
    '-sample 1x1' '-sample 2x1' '-sample 1x2' '-sample 4x1' '-sample 2x2,1x2,2x1' '-rgb' '-grayscale' \
    '-grayscale -progressive' '-quality 100' '-quality 3 -baseline'; do
    # Split on purpose: several options each. Not every libjpeg has every option.
    # shellcheck disable=SC2086
    cjpeg $method "$made/photo.ppm" > "$made/cjpeg${method// /}.jpg" 2> /dev/null || rm "$made/cjpeg${method// /}.jpg"
  done
}

transcoded() {
  jpegtran -copy all -progressive "$fixture" > "$made/jpegtran-progressive.jpg"
  jpegtran -copy all -optimize -restart 1 "$fixture" > "$made/jpegtran-restart.jpg"
}

# TIFF, PNG and CMYK: the sample widths, colours and orders that have code of their own.
converted() {
  local photo="$made/photo.ppm"
  for method in none lzw zip rle; do
    convert "$photo" -compress $method "$made/$method.tiff"
  done
  convert "$photo" -alpha on -channel A -fx 'i/w' -compress lzw "$made/alpha.tiff"
  convert "$photo" -colorspace Gray -compress zip "$made/gray.tiff"
  convert "$photo" -colorspace CMYK -compress zip "$made/cmyk.tiff"
  convert "$photo" -depth 16 -define tiff:endian=msb "$made/16-bit-msb.tiff"
  convert "$photo" -depth 16 -compress lzw -define tiff:predictor=2 "$made/16-bit-predictor.tiff"
  convert "$photo" -define tiff:tile-geometry=32x32 "$made/tiles.tiff"
  convert "$photo" -interlace plane "$made/planes.tiff"
  convert "$photo" -define tiff:rows-per-strip=5 -orient RightTop "$made/strips.tiff"
  convert "$photo" -colors 16 -type Palette "$made/palette.tiff"
  convert "$fixture" -resize 64x64 -compress zip "$made/metadata.tiff"
  convert "$photo" "PNG48:$made/rgb16.png"
  convert "$photo" -alpha on -channel A -fx 'i/w' "PNG64:$made/rgba16.png"
  convert "$photo" -colorspace Gray -depth 16 "$made/gray16.png"
  convert "$photo" -interlace PNG "PNG48:$made/interlaced16.png"
  convert "$photo" -alpha on -channel A -fx 'i>w/2' "PNG32:$made/rgba8.png"
  convert "$photo" -colors 16 "PNG8:$made/palette.png"
  convert "$fixture" -resize 64x64 "PNG24:$made/metadata.png"
  convert "$photo" -colorspace CMYK "$made/cmyk.jpg"
  convert "$photo" -colorspace CMYK -interlace JPEG "$made/cmyk-progressive.jpg"
  convert "$fixture" -resize 64x64 "$made/metadata.webp"
  convert "$fixture" -resize 64x64 -define webp:lossless=true "$made/lossless.webp"
}

# A little-endian number of 32 bits.
le32() { printf '%b' "$(printf '\\x%02x\\x%02x\\x%02x\\x%02x' $(($1 & 255)) $(($1 >> 8 & 255)) $(($1 >> 16 & 255)) $(($1 >> 24 & 255)))"; }

# A JPEG with an application segment after its start: marker byte, then the file with the payload.
with_segment() {
  local jpeg=$1 marker=$2 payload=$3 length
  length=$(($(wc -c < "$payload") + 2))
  printf '%b' "\\xff\\xd8\\xff\\x$marker$(printf '\\x%02x\\x%02x' $((length >> 8)) $((length & 255)))"
  cat "$payload"
  tail -c +3 "$jpeg"
}

# Ultra HDR: a photo, an index of the pictures in the file (CIPA DC-007), and a gain map with its XMP.
ultra_hdr() {
  local photo="$made/cjpeg-restart1.jpg" map="$made/gain-map.jpg" size
  printf "http://ns.adobe.com/xap/1.0/\0<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'><rdf:Description rdf:about='' xmlns:hdrgm='http://ns.adobe.com/hdr-gain-map/1.0/' hdrgm:Version='1.0' hdrgm:GainMapMax='2'/></rdf:RDF></x:xmpmeta>" > "$made/xmp"
  cjpeg -grayscale -scale 1/2 "$made/photo.ppm" > "$made/plain.jpg" 2> /dev/null || cjpeg -grayscale "$made/photo.ppm" > "$made/plain.jpg"
  with_segment "$made/plain.jpg" e1 "$made/xmp" > "$map"
  # 50 bytes up to the end of the directory, 32 of entries, 4 of marker and length.
  size=$(($(wc -c < "$photo") + 4 + 4 + 50 + 32))
  {
    printf 'MPF\0II*\0\x08\0\0\0\x03\0\0\xb0\x07\0\x04\0\0\x000100\x01\xb0\x04\0\x01\0\0\0\x02\0\0\0\x02\xb0\x07\0\x20\0\0\0\x32\0\0\0\0\0\0\0'
    le32 $((0x030000)); le32 $size; le32 0; le32 0
    le32 0; le32 "$(wc -c < "$map")"; le32 $((size - 10)); le32 0
  } > "$made/index"
  with_segment "$photo" e2 "$made/index" > "$made/ultra-hdr.jpg"
  cat "$map" >> "$made/ultra-hdr.jpg"
  rm "$made/plain.jpg" "$made/xmp" "$made/index"
}

if has convert; then
  convert "$fixture" -resize 80x60 -strip "$made/photo.ppm"
  converted
  if has cjpeg; then
    jpegs
    ultra_hdr
  fi
  rm "$made/photo.ppm"
fi
if has jpegtran; then
  transcoded
fi
if has cjxl; then
  cjxl "$fixture" "$made/transcoded.jxl" 2> /dev/null
  cjxl "$fixture" -j 0 -d 2 -p "$made/lossy.jxl" 2> /dev/null
  cjxl "$fixture" -j 0 -d 0 "$made/lossless.jxl" 2> /dev/null
fi
for photo in "$made"/*; do
  [ -f "$photo" ] || continue
  cp "$photo" "corpus/protect/made-$(basename "$photo")"
  cp "$photo" "corpus/metadata/made-$(basename "$photo")"
done

# Any bytes do: the first ones are the shape of the view, the rest its samples.
for length in 16 64 256 1024 4096; do
  for target in pixels yuv; do
    head -c "$length" "$fixture" > "corpus/$target/head-$length"
    tail -c "$length" "$fixture" > "corpus/$target/tail-$length"
  done
done
for target in $targets; do
  find "../fixtures/regressions/$target" -type f -exec cp {} "corpus/$target/" \; 2> /dev/null || true
done
for target in $targets; do
  echo "$target: $(find "corpus/$target" -type f | wc -l) inputs"
done
