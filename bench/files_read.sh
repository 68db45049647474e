#!/bin/sh
# Times reading Adult's CSV and a table of 1,000,000 x 15 made from it, and the peak memory.
# Goals on two cores: 0.1 s and 4 s, whole process. Needs GNU time. Run from the repository's root.
set -eu
cargo build --release -p plenish-files --example read
program=${CARGO_TARGET_DIR:-target}/release/examples/read
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
gunzip -c examples/adult/data/adult_train.csv.gz >"$folder/adult.csv"
# The third column (fnlwgt) gets a number of its own in each row, so that it has many distinct values.
awk -F, -v OFS=, 'NR == 1 { print; next } { rows[NR - 2] = $0; n = NR - 1 }
  END { for (i = 0; i < 1000000; i++) { split(rows[i % n], c, ","); $0 = rows[i % n]; $3 = c[3] + i % 997; print } }' \
  "$folder/adult.csv" >"$folder/million.csv"
for file in adult million; do
  for run in 1 2 3; do
    command time -f "$file: %e s wall, %U s user, %M KB" "$program" "$folder/$file.csv"
  done
done
for out in csv parquet jsonl arrow csv.zst; do
  command time -f "million to $out, reading included: %e s wall, %U s user, %M KB" \
    "$program" "$folder/million.csv" "$folder/out.$out"
done
