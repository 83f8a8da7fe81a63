# Shared by the cli-*.sh tests: sourced, never run. Leaves a token "demo" in the environment, a private folder in $work
# that is also the working directory, and a HOME without configuration.
# shellcheck shell=bash disable=SC2034,SC2119,SC2164
source "$(dirname "${BASH_SOURCE[0]}")/../../scripts/lib.sh"

if ! command -v tokencsp >/dev/null; then
    swift build --package-path "$root" --product tokencsp >&2
    PATH=$(swift build --package-path "$root" --show-bin-path):$PATH
fi

work=$(private_folder)
trap 'rm -rf "$work"' EXIT
unset XDG_CONFIG_HOME TOKENCSP_CONFIG TOKENCSP_LOG
mkdir "$work/home"
export HOME=$work/home
eval "$("$root/scripts/softhsm-token" "$work/token" 2>/dev/null)"
cd "$work"
pin=$(cat token/demo.pin)
module_uri="pkcs11:?module-path=$softhsm_module"
demo_uri="pkcs11:token=demo?module-path=$softhsm_module"

source "$root/Tests/Integration/cli-run.bash"

# objects: what another tool sees on the token "demo" after a login.
objects() { PIN=$pin pkcs11-tool --module "$softhsm_module" --token-label demo --login --pin env:PIN -O 2>/dev/null; }

# private_key LABEL: the private key's part of that.
private_key() {
    objects | awk -v label="$1" '
        /^[A-Z]/ { if (found) print block; block = ""; found = 0; isPrivate = /^Private Key/ }
        isPrivate { block = block $0 "\n" }
        isPrivate && $1 == "label:" && $2 == label { found = 1 }
        END { if (found) print block }'
}

# unchanged COMMAND…: the token's objects are the same before and after.
unchanged() {
    local before
    before=$(objects)
    "$@"
    [ "$(objects)" = "$before" ] || fail "the token changed: $before"$'\n-- is now --\n'"$(objects)"
}

# secrets_stay_secret FILE…: the PIN in none of these is in anything that tokencsp wrote.
secrets_stay_secret() {
    local file
    for file in "$@"; do
        if grep -qaF -- "$(cat "$file")" transcript; then fail "the PIN of $file is in the command's output"; fi
    done
}
