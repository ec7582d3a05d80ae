#!/usr/bin/env bash
# Build the fuzz targets into $OUT, by the words of OSS-Fuzz: CXX, CXXFLAGS and LIB_FUZZING_ENGINE say how those in C++
# are compiled. Without an engine they replay files (replay.cpp), which any compiler builds.
set -euo pipefail

: "${OUT:?expected a folder for the targets}" "${CXX:=g++}" "${CXXFLAGS:=-O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all}"
mkdir -p "$OUT"
OUT=$(cd "$OUT" && pwd)  # the seeds are packed from their own folder
read -ra flags <<<"$CXXFLAGS -std=c++17 -Wno-psabi -pthread -I../csrc"

cd "$(dirname "$0")"
for target in engine; do
    "$CXX" "${flags[@]}" "$target.cpp" ../csrc/{float32,bfloat16,order}.cpp ${LIB_FUZZING_ENGINE:-replay.cpp} -o "$OUT/$target"
    (cd "seeds/$target" && python3 -m zipfile -c "$OUT/${target}_seed_corpus.zip" ./*)
done

# The readers are one program; each becomes a target by a launcher. They run where the project and atheris are installed.
python=$(command -v python3)
if ! "$python" -c 'import atheris, gradwright' 2>/dev/null; then
    echo "the readers are left out: $python has no atheris, or no gradwright"
    exit
fi
"$python" readers.py 2>/dev/null | tail -n +2 | while read -r name; do
    launcher=$OUT/read_$(tr -cs 'a-z0-9\n' _ <<<"$name")
    printf '#!/bin/sh\n# LLVMFuzzerTestOneInput, by which targets are known\nexec %q %q %q "$@"\n' \
        "$python" "$PWD/readers.py" "$name" >"$launcher"
    chmod +x "$launcher"
done
