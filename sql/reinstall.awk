# Makes, of the scripts that a fresh installation runs, one that makes every function again as it was:
# the mend of functions that debrief.check_installation() found changed.

BEGIN {
  print "\\echo Use \"SELECT * FROM debrief.check_installation()\" to see whether this file is needed. \\quit"
}

# The statement that begins here, whole: up to its closing quote, of whatever kind.
/^ *create (or replace )?function / {
  sub(/^ *create (or replace )?function /, "create or replace function ")
  inside = 1
  quote = ""
  print ""
}
inside {
  print
  rest = $0
  if (quote == "" && match(rest, / ?as \$[a-z]*\$/)) {
    quote = substr(rest, RSTART, RLENGTH)
    sub(/^ ?as /, "", quote)
    rest = substr(rest, RSTART + RLENGTH)
  }
  if (quote == "" ? rest ~ /';$/ : substr(rest, length(rest) - length(quote)) == quote ";") inside = 0
  next
}

/^comment on function / { comment = 1 }
comment { print; if (/';$/) comment = 0; next }
/^alter function .* owner to .*;$/ { print }
