# The manual follows the tables of options, and the schemas their version.
# shellcheck shell=sh disable=SC2154
set -u
. "$TESTS/kit/lib.sh"
manual=$root/docs/seechange.1

if command -v mandoc >/dev/null; then
    mandoc -T lint -W warning "$manual" >out 2>&1
    check "mandoc finds nothing to warn of" [ ! -s out ]
else
    echo "skip mandoc finds nothing to warn of: no mandoc"
fi

for command in browse watch changes frames compare ask caption batch search archive export request cost prompts info services \
    models doctor help completion; do
    check "the manual has $command" grep -q "^\.It Cm $command" "$manual"
    check "the synopsis has $command" grep -q "^\.Nm seechange $command\$" "$manual"
    "$seechange" help "$command" | sed -n 's/^ .* --\([a-z-]*\).*/\1/p' >options
    check "$command has options" [ -s options ]
    while read -r option; do
        check "the manual has --$option of $command" grep -qE "^\.It (Fl [a-z] , )?Fl Fl $option( |\$)" "$manual"
    done <options
    cat options >>all
done
sed -n 's/^\.It .*Fl Fl \([a-z-]*\).*/\1/p' "$manual" | grep -vx version | sort -u >documented
sort -u all >there
comm -23 documented there >out
check "the manual has no option that is not there" [ ! -s out ]

# Letters too
"$seechange" help ask | sed -n 's/^  -\([a-z]\), --\([a-z-]*\).*/\1 \2/p' | while read -r letter option; do
    check "the manual has -$letter for --$option" grep -q "^\.It Fl $letter , Fl Fl $option" "$manual"
done

for code in 0 1 2 3 4 130; do
    check "the manual has exit status $code" grep -q "^\.It $code\$" "$manual"
done
for kind in appear disappear move text scroll typing cut dissolve fade wipe light flash camera repeating freeze black \
    blank other; do
    check "the manual and the schema have $kind" sh -c \
        'grep -q "^\.It Cm $1\$" "$2" && grep -q "\"$1\"" "$3/changes-1.json"' sh "$kind" "$manual" "$schemas"
done
for schema in "$schemas"/*.json; do
    check "${schema##*/} is JSON" "$tools/json" get '$schema' <"$schema" >out
done
