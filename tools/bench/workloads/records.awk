# Counts, joins and rewrites the fields of a table of records.
# Usage: gawk -f records.awk TABLE
BEGIN { FS = "\t" }
{
  count[$2]++
  sum[$2] += $3
  length_of[$2 "," ($1 % 97)] = length($4)
  parts = split($4, words, " ")
  line = ""
  for (i = parts; i > 0; i--) {
    seen[tolower(words[i])]++
    line = line toupper(substr(words[i], 1, 1)) substr(words[i], 2) " "
  }
  gsub(/[aeiou]+/, "*", line)
  total += length(line)
}
END {
  groups = asorti(count, names)
  for (i = 1; i <= groups; i++) print names[i], count[names[i]], sum[names[i]]
  print length(seen), length(length_of), total
}
