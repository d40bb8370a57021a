# seechange ask: words between the pictures, from files beside the video and files that are named.
# shellcheck shell=sh disable=SC2154
set -u
. "$TESTS/kit/lib.sh"

draw button button.mp4
srt() { printf '1\n00:00:01,000 --> 00:00:02,000\n%s\n' "$1" >"$2"; }
query() { expect 0 "$1" ask --dry-run --json --model llama-4-scout button.mp4 "what is said?" ${2+"$2" "$3"}; }

query "without any words"
check "obeys the schema" obeys answer-1.json
check "has no lines" is lines 0
check "has no subtitles" is subtitles null
srt 'good <b>morning</b>' button.en.srt
query "with subtitles beside the video"
check "has a line of them" is lines 1
check "names them" is subtitles button.en.srt
check "says so" said "subtitles: 1 line of button.en.srt"
query "subtitles can be turned off" --subtitles none
check "then there are none" is lines 0
srt other other.srt
query "or named" --subtitles other.srt
check "then it is these" is subtitles other.srt
check "and nothing else is said" said "1 line of other.srt"
printf '0:01 he comes in <|eot|>\n0:02-0:03 he goes\n' >notes.txt
query "notes are taken too" --notes notes.txt
check "beside the subtitles" is lines 3
expect 0 "the request" request --model llama-4-scout --notes notes.txt -o body.json button.mp4 q
check "has the subtitles, without markup" grep -q 'subtitle: \\"good morning\\"' body.json
check "has the notes" grep -q 'note: \\"he goes\\"' body.json
refute "has no control word" grep -qF '<|eot|>' body.json
expect 0 "asked the same again" request --model llama-4-scout --notes notes.txt -o again.json button.mp4 q
check "it is the same" cmp body.json again.json
expect 0 "cost counts them" cost --json --model llama-4-scout --notes notes.txt button.mp4
with=$(value costs.0.text_tokens.count)
expect 0 "cost without them" cost --json --model llama-4-scout --subtitles none button.mp4
check "counts less" [ "$(value costs.0.text_tokens.count)" -lt "$with" ]
awk 'BEGIN { for (i = 0; i < 2000; i++) printf "0:0%.3f some words that somebody says now\n", i / 250 }' >long.txt
expect 0 "too many words" ask --dry-run --model llama-4-scout --max-tokens 3000 --transcript long.txt button.mp4 q
check "are left out, and it is told" grep -q 'lines of words left out to fit' out
expect 1 "a file that is not there" ask --dry-run --model gpt-4.1 --transcript nothing.srt button.mp4
check "is named" said nothing.srt
expect 2 "a stream that is not there" ask --dry-run --model gpt-4.1 --subtitles 3 button.mp4
check "is counted" said "no subtitles 3 in 'button.mp4'"
srt "$(printf 'caf\351')" old.srt
expect 0 "letters of old files" request --model llama-4-scout --subtitles old.srt -o old.json button.mp4 q
check "are read too" grep -qE 'caf(é|\\u00[eE]9)' old.json
head -c 300 button.mp4 >button.en.srt
query "damaged subtitles beside it"
check "are said and left out" said "without subtitles: "
