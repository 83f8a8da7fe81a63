
# Bash ends a word at ":" and "=", of which PKCS #11 URIs are full. The function above is given the words of the line up to
# the cursor as blanks part them, and what bash has already taken as words is cut from the front of its answers.
_tokencsp_whole_words() {
    local -a words
    local line=${COMP_LINE:0:COMP_POINT}
    read -ra words <<<"$line"
    [[ $line = *[[:blank:]] || ${#words[@]} = 0 ]] && words+=('')
    local whole=${words[-1]}
    if [[ $whole = --*=* ]]; then
        # --token=pkcs11:…
        words[-1]=${whole%%=*}
        whole=${whole#*=}
        words+=("$whole")
    fi
    local -a COMP_WORDS=("${words[@]}")
    local -i COMP_CWORD=$((${#words[@]} - 1))
    COMPREPLY=()
    _tokencsp "$1" "$whole" "${COMP_WORDS[COMP_CWORD - 1]}"
    local front=${whole%"${whole##*[:=]}"}
    [[ -n $front && $COMP_WORDBREAKS = *:* ]] && COMPREPLY=("${COMPREPLY[@]#"$front"}")
    # file:, env: and their like go on.
    [[ ${#COMPREPLY[@]} = 1 && ${COMPREPLY[0]} = *: ]] && compopt -o nospace 2>/dev/null
    return 0
}
complete -o filenames -F _tokencsp_whole_words tokencsp
