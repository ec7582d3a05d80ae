#!/usr/bin/env bash
# Build the C++ fuzz targets into $OUT, by the words of OSS-Fuzz: CXX, CXXFLAGS and LIB_FUZZING_ENGINE say how.
# Without an engine a target replays files (replay.cpp), which any compiler builds.
set -euo pipefail

: "${OUT:?expected a folder for the targets}" "${CXX:=g++}" "${CXXFLAGS:=-O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all}"
mkdir -p "$OUT"
OUT=$(cd "$OUT" && pwd)  # the seeds are packed from their own folder
read -ra flags <<<"$CXXFLAGS -std=c++17 -Wno-psabi -pthread -I../csrc"

cd "$(dirname "$0")"
for target in engine; do
    "$CXX" "${flags[@]}" "$target.cpp" ../csrc/float32.cpp ${LIB_FUZZING_ENGINE:-replay.cpp} -o "$OUT/$target"
    (cd "seeds/$target" && python3 -m zipfile -c "$OUT/${target}_seed_corpus.zip" ./*)
done
