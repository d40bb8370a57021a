# seechange request, cost and prompts: what would be sent, what it would cost, and with which words.
# shellcheck shell=sh disable=SC2154
set -u
. "$TESTS/kit/lib.sh"

draw button button.mp4
draw static static.mp4
draw still still.png

# request; a still is soon looked at
for format in openai-chat openai-responses anthropic ollama llama4-native; do
    expect 0 "a request as $format" request --model llama-4-scout --format $format still.png
    check "is JSON" sh -c '"$1" get model <out >got || "$1" get prompt <out >got' sh "$tools/json"
    cp out "$format.json"
    expect 0 "into a file" request --model llama-4-scout --format $format -o again.json still.png
    check "has the same bytes" cmp -s "$format.json" again.json
    check "and nothing else is written" [ ! -s out ]
done
"$seechange" ask --dry-run --model llama-4-scout --dump dump.json still.png >out 2>err
check "it is what ask would send" cmp -s dump.json openai-chat.json
expect 0 "of a video" request --model llama-4-scout -o a.json button.mp4
expect 0 "again" request --model llama-4-scout -o b.json button.mp4
check "has the same bytes" cmp -s a.json b.json
expect 0 "a question of one's own" request --model gpt-4.1 still.png "which colour is it?"
check "is in it" grep -q 'which colour is it?' out
OPENAI_API_KEY=sk-very-secret expect 0 "a key in the environment" request --service openai still.png
refute "is not" grep -q very-secret out err
expect 1 "a video without change" request --model gpt-4.1 static.mp4
check "has no request" said "nothing changed"
expect 0 "but with a question" request --model gpt-4.1 static.mp4 "what is this?"
expect 2 "a dialect that is none" request --model gpt-4.1 --format morse button.mp4
check "is named" said morse

# cost
expect 0 "cost" cost --model gpt-4.1,llama-4-scout button.mp4
check "has a line for each model" [ "$(grep -c button.mp4 out)" -eq 2 ]
check "and a price where one is known" grep -q '0\.0[0-9]* *gpt-4.1 ' out
check "and none where not" grep -q '? *llama-4-scout ' out
expect 0 "cost as JSON" cost --json --model gpt-4.1,llama-4-scout still.png
check "obeys the schema" obeys cost-1.json
cp out cost.json
"$seechange" ask --dry-run --json --service openai --model gpt-4.1 still.png >out 2>err
check "is what the dry run says" [ "$(value image_tokens.count),$(value price_usd)" = \
    "$("$tools/json" get costs.0.image_tokens.count <cost.json),$("$tools/json" get costs.0.price_usd <cost.json)" ]
mkdir -p card/below
cp still.png static.mp4 card
cp button.mp4 card/below
echo "no video" >card/notes.txt
expect 0 "a folder" cost --model gpt-4.1 card
check "stands for the media directly in it" [ "$(grep -c 'card/' out)" -eq 2 ]
check "what did not change costs nothing" grep -q '^- *0  *0 *0\.0000  gpt-4.1  card/static.mp4' out
check "there is a sum" grep -q 'all 2 files' out
echo damaged >card/damaged.mp4
expect 3 "a folder as JSON, with a damaged file" cost --json --model gpt-4.1 card
check "is an array" [ "$("$tools/json" get 0.path <out)" = card/static.mp4 ]
check "the damaged file is named" said damaged.mp4
check "and counted" said "1 of 3 files are not in this"
expect 2 "cost without a model" cost button.mp4
check "asks for one" said --model

# prompts
expect 0 "prompts" prompts
check "has a version" grep -q '^version [0-9]*$' out
for name in system system-still question question-still; do
    check "has $name" grep -q "^$name: " out
    expect 0 "$name alone" prompts $name
    check "is its text" cmp -s out "$root/fusion/prompts/$name.txt"
    run prompts
done
expect 2 "a prompt that is none" prompts nothing
export XDG_CONFIG_HOME="$PWD/config"
mkdir -p config/seechange/prompts
echo "Which button was pressed?" >config/seechange/prompts/question.txt
expect 0 "one's own prompt" prompts question
check "takes the place of ours" grep -qx "Which button was pressed?" out
run prompts
check "is another version" grep -q '^version [0-9]*-[0-9a-f]*$' out
expect 0 "it is" ask --dry-run --json --dump own.json --model gpt-4.1 button.mp4
check "asked" grep -q 'Which button was pressed?' own.json
refute "and its version told in the answer" is prompt_version 2
: >config/seechange/prompts/question.txt
expect 2 "an empty one" prompts
check "is named" said question.txt
