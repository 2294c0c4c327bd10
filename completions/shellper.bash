# shellper for bash: one key turns the words on the line into a command, pressed again it offers the next reading and at last the words.
# Source it from ~/.bashrc. Nothing here runs a command line.
#   SHELLPER_KEY=alt-k       the key: alt-LETTER, ctrl-LETTER, or keys as bind takes them; set by you it wins over what the key did before
#   SHELLPER_EXPLAIN_KEY=    a key for shellper_explain, which says what the command on the line does; none by default
#   SHELLPER_NOBIND=1        bind nothing; the functions shellper_replace and shellper_explain are there for your own bind -x
#   SHELLPER_CAPTURE=1       the model may see what the last command printed (tmux, kitty, wezterm)
#   SHELLPER_PROGRAM=PATH    where the program lies, if not on PATH
case $- in *i*) ;; *) return 0 ;; esac
if [ "${BASH_VERSINFO[0]}" -lt 4 ]; then
  printf '%s\n' "shellper: bash $BASH_VERSION cannot change the line being edited; the key needs bash 4 or newer (brew install bash), or zsh. The command shellper itself works." >&2
  return 0
fi

_shellper_release=1
_shellper_last='' _shellper_status=0 _shellper_bound=no _shellper_newest='' _shellper_below=''
_shellper_takes=() _shellper_notes=() _shellper_says=() _shellper_at=0

# The last command and its exit status, before each prompt. One that history leaves out is private. The status goes on to what else stands in PROMPT_COMMAND.
_shellper_note() {
  local ended=$? newest
  newest=$(HISTTIMEFORMAT='' builtin history 1 2>/dev/null) || newest=''
  if [[ $newest != "$_shellper_newest" ]]; then
    _shellper_newest=$newest
    newest=${newest#"${newest%%[0-9]*}"} newest=${newest#"${newest%%[!0-9]*}"} newest=${newest#'*'}
    _shellper_last=${newest#"${newest%%[![:space:]]*}"}
  elif ((ended != _shellper_status)); then
    _shellper_last=''
  fi
  _shellper_status=$ended
  printf '%s' "$_shellper_below"
  _shellper_takes=() _shellper_notes=() _shellper_at=0 _shellper_below=''
  return "$ended"
}

# The program, told of the last command and of this hook.
function shellper {
  SHELLPER_LAST_COMMAND=${_shellper_last:0:4000} SHELLPER_LAST_STATUS=$_shellper_status SHELLPER_CAPTURE=${SHELLPER_CAPTURE-} \
    SHELLPER_HOOK="bash $BASH_VERSION"$'\t'"$_shellper_release"$'\tno\t'"${SHELLPER_KEY:-alt-k}"$'\t'"$_shellper_bound" \
    command "${SHELLPER_PROGRAM:-shellper}" "$@"
}

# Fill takes, notes and says from the program's answer to "$@"; its exit status in _shellper_ended. Ctrl-C ends the program and not the line.
_shellper_answer() {
  local said line kept
  kept=$(trap -p INT)
  trap '' INT
  _shellper_ended=0
  said=$(trap - INT; shellper widget bash "$@" 2>/dev/null </dev/null) || _shellper_ended=$?
  if [[ -n $kept ]]; then eval "$kept"; else trap - INT; fi
  _shellper_takes=() _shellper_notes=() _shellper_says=()
  while IFS= read -r line; do
    case $line in
      take$'\t'*) _shellper_takes+=("${line#*$'\t'}") _shellper_notes+=('') ;;
      note$'\t'*) ((${#_shellper_notes[@]} == 0)) || _shellper_notes[${#_shellper_notes[@]} - 1]=${line#*$'\t'} ;;
      say$'\t'*) _shellper_says+=("${line#*$'\t'}") ;;
    esac
  done <<< "$said"
}

# The last line of the prompt in $prompt, and in $rows how many rows it takes with the text $1 behind it. Fails where bash cannot say (before 4.4).
_shellper_measure() {
  local part plain
  ((BASH_VERSINFO[0] > 4 || BASH_VERSINFO[1] > 3)) || return 1
  prompt=${PS1-}
  prompt=${prompt@P}
  prompt=${prompt##*$'\n'} rows=0
  plain=$prompt
  while [[ $plain == *$'\001'*$'\002'* ]]; do plain=${plain%%$'\001'*}${plain#*$'\002'}; done
  while IFS= read -r part; do
    rows=$((rows + 1 + ${#part} / ${COLUMNS:-80}))
  done <<< "$plain$1"
}

# readline takes the line away while a function runs: show it until the answer is there, with the cursor back at its beginning.
_shellper_wait() {
  local prompt rows
  _shellper_measure "$READLINE_LINE  ..." || return 0
  prompt=${prompt//[$'\001\002']/}
  printf '\r\e[J%s%s  ...\r' "$prompt" "$READLINE_LINE"
  ((rows == 1)) || printf '\e[%dA' "$((rows - 1))"
}

# Show the lines "$@" below READLINE_LINE: readline draws that where the cursor is left, so it goes back up over as many rows.
_shellper_show() {
  local prompt rows part message
  if ! _shellper_measure "$READLINE_LINE"; then
    printf '%s\n' "$@"
    return 0
  fi
  _shellper_below=$'\e[J'
  printf '\r\e[J'
  for ((part = 0; part < rows; part++)); do printf '\n'; done
  rows=$((rows - 1))
  for message; do
    rows=$((rows + 1 + (${#message} - 1) / ${COLUMNS:-80}))
    printf '%s\n' "$message"
  done
  printf '\r\e[%dA' "$((rows + 1))"
}

# What to show where the program said nothing, by its exit status.
_shellper_silence() {
  case $1 in
    130 | 143) printf 'stopped' ;;
    127) printf 'shellper: %s is not there' "${SHELLPER_PROGRAM:-shellper}" ;;
    *) printf 'shellper: no answer (status %s); shellper doctor may know why' "$1" ;;
  esac
}

shellper_replace() {
  local words=${READLINE_LINE-} more=()
  [[ $words == *[![:space:]]* ]] || return 0
  if ((${#_shellper_takes[@]})) && [[ $words == "${_shellper_takes[_shellper_at]}" ]]; then
    _shellper_at=$(((_shellper_at + 1) % ${#_shellper_takes[@]}))
  else
    _shellper_wait
    shopt -q interactive_comments || more=(--no-comments)
    _shellper_answer ${more[@]+"${more[@]}"} -- "$words"
    if ((_shellper_ended || ${#_shellper_takes[@]} == 0)); then
      _shellper_takes=() _shellper_notes=()
      ((${#_shellper_says[@]})) || _shellper_says=("$(_shellper_silence "$_shellper_ended")")
      _shellper_show "${_shellper_says[@]}"
      return 0
    fi
    _shellper_takes+=("$words") _shellper_notes+=('your words') _shellper_at=0
  fi
  READLINE_LINE=${_shellper_takes[_shellper_at]}
  READLINE_POINT=${#READLINE_LINE}
  _shellper_show "${_shellper_notes[_shellper_at]}"
  return 0
}

shellper_explain() {
  [[ ${READLINE_LINE-} == *[![:space:]]* ]] || return 0
  _shellper_wait
  _shellper_answer --explain -- "$READLINE_LINE"
  _shellper_takes=() _shellper_notes=()
  ((${#_shellper_says[@]})) || _shellper_says=("$(_shellper_silence "$_shellper_ended")")
  _shellper_show "${_shellper_says[@]}"
  return 0
}

# KEY FUNCTION FORCED: bind in every keymap; a key that does something already is left alone unless FORCED, and named in _shellper_bound.
_shellper_bind() {
  local key=$1 map was
  case $key in
    alt-?) key="\\e${key#alt-}" ;;
    ctrl-?) key="\\C-${key#ctrl-}" ;;
  esac
  _shellper_bound=yes
  for map in emacs-standard vi-insert vi-command; do
    was=$( (bind -m $map -p; bind -m $map -s; bind -m $map -X) 2>/dev/null)
    case $'\n'$was in
      *$'\n'"\"$key\": "*) was=${was#*"\"$key\": "} was=${was%%$'\n'*} was=${was//\"/} ;;
      *) was='' ;;
    esac
    case $was in
      '' | self-insert | "$2") ;;
      *) if [[ -z $3 ]]; then _shellper_bound=$was; continue; fi ;;
    esac
    bind -m $map -x "\"$key\": $2" 2>/dev/null || _shellper_bound='a key that cannot be bound'
  done
}

_shellper_load() {
  case ${PROMPT_COMMAND-} in
    *_shellper_note*) ;;
    *) PROMPT_COMMAND="_shellper_note${PROMPT_COMMAND:+; $PROMPT_COMMAND}" ;;
  esac
  # What was shown below the line goes when a command begins to print.
  case ${PS0-} in
    *_shellper_below*) ;;
    *) PS0="${PS0-}"'${_shellper_below-}' ;;
  esac
  if [[ -z ${SHELLPER_NOBIND-} ]]; then
    [[ -z ${SHELLPER_EXPLAIN_KEY-} ]] || _shellper_bind "$SHELLPER_EXPLAIN_KEY" shellper_explain forced
    _shellper_bind "${SHELLPER_KEY:-alt-k}" shellper_replace "${SHELLPER_KEY-}"
  fi
  [[ ! -r $1/generated/shellper.bash ]] || . "$1/generated/shellper.bash"
}
case ${BASH_SOURCE[0]} in
  */*) _shellper_load "${BASH_SOURCE[0]%/*}" ;;
  *) _shellper_load . ;;
esac
