#!/bin/sh
# A decision as a rule: the public API changes by consent (docs/adr/0007-public-api.md).
#
# Shows, in a temporary folder: a change that is denied, its record with the link to the decision, the
# grant that the record asks for, and the change passing. Needs `gatos` and `git` on the PATH.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

say() { printf '\n# %s\n' "$*"; }
run() {
    printf '$ gatos'
    for word in "$@"; do
        case $word in
            *[!A-Za-z0-9@%+=:,./_-]*) printf " '%s'" "$word" ;;
            *) printf ' %s' "$word" ;;
        esac
    done
    printf '\n'
    gatos "$@" 2>&1
}
# What is meant to be refused; anything else ends the script.
refused() {
    if run "$@"; then
        echo 'this should have been refused' >&2
        exit 1
    fi
}

say 'Ann owns a repository. Its policy is the starter, and the rule of ADR-0007 beside it.'
run init code --actor user:ann
cd code
mkdir -p docs/adr
cp "$here"/docs/adr/*.md docs/adr/
cp "$here"/policies/*.rgs gatos/policies/
run test gatos/policies
run policy install

say 'Bob may write. A change elsewhere passes.'
run key new user:bob
run trust grant user:bob journal:append
run event add code --actor user:bob --type code.change --payload '{"paths":["src/lib.rs"],"title":"tidy up"}'

say 'A change to the public API does not: ADR-0007 says why.'
change='{"paths":["src/lib.rs","src/api/v1.rs"],"title":"rename a field"}'
refused event add code --actor user:bob --type code.change --payload "$change"

say 'The refusal is on record, signed, and anyone can decide it again.'
denial=$(gatos audit log --json -n 1 | sed 's/.*"ulid":"\([0-9A-Z]*\)".*/\1/')
run audit show "$denial"
run audit verify "$denial"

say 'Ann grants what the decision names, for a while. The same change passes.'
run trust grant user:bob api:change --aud 'gatos://code' --exp 2099-01-01
run event add code --actor user:bob --type code.change --payload "$change"
run event log code
