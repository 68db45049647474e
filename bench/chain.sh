#!/bin/sh
# Times learning Adult and generating ten times its rows, as whole processes, with the peak memory.
# Goals on two cores: 6 s and 500 MB to learn, 50,000 rows a second to generate. Needs GNU time.
# Run from the repository's root.
set -eu
cargo build --release
program=${CARGO_TARGET_DIR:-target}/release/plenish
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
for preset in fast balanced; do
  for run in 1 2 3; do
    command time -f "fit $preset: %e s wall, %U s user, %M KB" \
      "$program" fit examples/adult/data/adult_train.csv.gz --target income --preset "$preset" -o "$folder/model" -q
  done
  command time -f "generate 325,610 rows, $preset: %e s wall, %U s user, %M KB" \
    "$program" generate "$folder/model" -n 325610 -o "$folder/rows.csv" -q
done
