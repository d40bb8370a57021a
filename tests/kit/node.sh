# For tests/cli/*.sh that need packages from npm, after kit/lib.sh: . "$TESTS/kit/node.sh"
# shellcheck shell=sh disable=SC2154,SC2034
contract=$root/tests/contract
installed=$O/contract

# install_packages: those of tests/contract, the locked versions, linked here as node_modules; else $why says why not.
# Once for each lock file: what a run that was killed left behind is not taken for whole.
install_packages() {
    major=$(node -p 'process.versions.node.split(".")[0]' 2>/dev/null)
    [ "${major:-0}" -ge 20 ] || { why="no Node.js 20 or later here"; return 1; }
    command -v npm >/dev/null || { why="no npm here"; return 1; }
    mkdir -p "$installed"
    exec 8>"$installed/lock"
    flock 8
    if ! cmp -s "$contract/package-lock.json" "$installed/complete"; then
        cp "$contract/package.json" "$contract/package-lock.json" "$contract/.npmrc" "$installed"
        (cd "$installed" && timeout -k 5 240 npm ci --ignore-scripts --no-audit --no-fund --fetch-retries=1 \
            --fetch-timeout=30000 --loglevel=error) >npm.log 2>&1 8>&- ||
            { why="npm could not install them"; exec 8>&-; return 1; }
        cp "$contract/package-lock.json" "$installed/complete"
    fi
    exec 8>&-
    ln -sfn "$installed/node_modules" node_modules
}

# read_by_others FOLDER...: the WebVTT files below them, by the validator of the W3C community and as tracks in Chromium
read_by_others() {
    install_packages || { echo "skip WebVTT read by its validator and a browser: $why"; return; }
    cp "$contract/vtt.mjs" .
    find "$@" -name '*.vtt' -exec node vtt.mjs {} + >out 2>err
    check "the validator finds no mistake in WebVTT" [ $? -eq 0 ]
    printf 'WEBVTT\n\n00:01 -> 00:02\nx\n' >wrong
    refute "where it would find one" node vtt.mjs wrong
    browser=$(command -v chromium || command -v chromium-browser) ||
        { echo "skip WebVTT in a browser: no chromium"; return; }
    find "$@" -name '*.vtt' -exec node vtt.mjs --page {} + >page.html
    HOME=$PWD timeout 300 "$browser" --headless --no-sandbox --disable-gpu --virtual-time-budget=20000 \
        --user-data-dir="$PWD/profile" --dump-dom page.html >dom 2>browser.log </dev/null
    check "Chromium loads all of it" grep -q '<title>done' dom
    whole=$(grep -o '<p>cues [1-9][0-9]* of [0-9]* as written' dom | awk '$2 == $4' | wc -l)
    check "every cue as it was written" [ "$whole" -eq "$(find "$@" -name '*.vtt' | wc -l)" ]
}
