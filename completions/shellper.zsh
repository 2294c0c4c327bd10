# shellper for zsh: one key turns the words on the line into a command, pressed again it offers the next reading and at last the words.
# Source it from ~/.zshrc, after compinit, zsh-autosuggestions and zsh-syntax-highlighting. Nothing here runs a command line.
#   SHELLPER_KEY=alt-k       the key: alt-LETTER, ctrl-LETTER, or keys as bindkey takes them; set by you it wins over what the key did before
#   SHELLPER_EXPLAIN_KEY=    a key for shellper-explain, which says below the line what the command on it does; none by default
#   SHELLPER_NOBIND=1        bind nothing; the widgets shellper-replace and shellper-explain are there for your own bindings
#   SHELLPER_CAPTURE=1       the model may see what the last command printed (tmux, kitty, wezterm)
#   SHELLPER_PROGRAM=PATH    where the program lies, if not on PATH
[[ -o interactive ]] || return 0

typeset -g _shellper_release=1
typeset -g _shellper_running= _shellper_last= _shellper_status=0 _shellper_bound=no
typeset -ga _shellper_takes=() _shellper_notes=() _shellper_says=()
typeset -gi _shellper_at=0

# The last command and its exit status; one that begins with a blank is private.
_shellper_preexec() { if [[ $1 == [[:space:]]* ]]; then _shellper_running=; else _shellper_running=$1; fi }
_shellper_precmd() {
  _shellper_status=$? _shellper_last=$_shellper_running
  _shellper_takes=() _shellper_notes=() _shellper_at=0
}

# The program, told of the last command and of this hook. Ctrl-C ends it and nothing else.
function shellper {
  local _shellper_alias=no
  [[ ${aliases[shellper]-} == *noglob* ]] && _shellper_alias=yes
  SHELLPER_LAST_COMMAND=${_shellper_last:0:4000} SHELLPER_LAST_STATUS=$_shellper_status SHELLPER_CAPTURE=${SHELLPER_CAPTURE-} \
    SHELLPER_HOOK="zsh $ZSH_VERSION"$'\t'"$_shellper_release"$'\t'"$_shellper_alias"$'\t'"${SHELLPER_KEY:-alt-k}"$'\t'"$_shellper_bound" \
    command "${SHELLPER_PROGRAM:-shellper}" "$@"
}

# Fill takes, notes and says from the program's answer to "$@"; its exit status.
_shellper_answer() {
  setopt localtraps
  local said line text
  local -i ended
  trap '' INT
  said=$(trap - INT; shellper widget zsh "$@" 2>/dev/null </dev/null)
  ended=$?
  _shellper_takes=() _shellper_notes=() _shellper_says=()
  for line in "${(@f)said}"; do
    text=${line#*$'\t'}
    case $line in
      (take$'\t'*) _shellper_takes+=("$text") _shellper_notes+=('') ;;
      (note$'\t'*) (( $#_shellper_notes )) && _shellper_notes[-1]=$text ;;
      (say$'\t'*) _shellper_says+=("$text") ;;
    esac
  done
  return $ended
}

# What to show where the program said nothing, by its exit status.
_shellper_silence() {
  case $1 in
    (130|143) print -r -- 'stopped' ;;
    (127) print -r -- "shellper: ${SHELLPER_PROGRAM:-shellper} is not there" ;;
    (*) print -r -- "shellper: no answer (status $1); shellper doctor may know why" ;;
  esac
}

# Away with what zsh-autosuggestions shows, or is about to show, for the line as it was.
_shellper_unsuggest() {
  [[ -n ${_ZSH_AUTOSUGGEST_ASYNC_FD-} ]] && zle -F $_ZSH_AUTOSUGGEST_ASYNC_FD 2>/dev/null
  (( ${+widgets[autosuggest-clear]} )) && zle autosuggest-clear
  return 0
}

_shellper_begin() {
  POSTDISPLAY='  ...'
  zle -R
}

shellper-replace() {
  emulate -L zsh
  setopt noerrexit unset
  local words=$BUFFER
  local -a more
  local -i ended
  [[ -n ${words//[[:space:]]/} ]] || return 0
  if [[ $CONTEXT != start ]]; then
    zle -M -- 'shellper: only at the beginning of a command'
    return 0
  fi
  _shellper_unsuggest
  if (( $#_shellper_takes )) && [[ $words == "$_shellper_takes[_shellper_at]" ]]; then
    (( _shellper_at = _shellper_at % $#_shellper_takes + 1 ))
  else
    _shellper_begin
    [[ -o interactivecomments ]] || more=(--no-comments)
    _shellper_answer $more -- "$words"
    ended=$?
    POSTDISPLAY=
    if (( ended || ! $#_shellper_takes )); then
      _shellper_takes=() _shellper_notes=()
      zle -M -- "${(F)_shellper_says:-$(_shellper_silence $ended)}"
      return 0
    fi
    _shellper_takes+=("$words") _shellper_notes+=('your words')
    _shellper_at=1
  fi
  BUFFER=$_shellper_takes[_shellper_at]
  CURSOR=$#BUFFER
  zle -M -- "$_shellper_notes[_shellper_at]"
  return 0
}

shellper-explain() {
  emulate -L zsh
  setopt noerrexit unset
  local -i ended
  [[ -n ${BUFFER//[[:space:]]/} ]] || return 0
  _shellper_unsuggest
  _shellper_begin
  _shellper_answer --explain -- "$BUFFER"
  ended=$?
  POSTDISPLAY=
  zle -M -- "${(F)_shellper_says:-$(_shellper_silence $ended)}"
  return 0
}

# KEY WIDGET FORCED: bind in every keymap; a key that does something already is left alone unless FORCED, and named in the answer.
_shellper_bind() {
  emulate -L zsh
  local key=$1 map was
  case $key in
    (alt-?) key="^[${key#alt-}" ;;
    (ctrl-?) key="^${(U)key#ctrl-}" ;;
  esac
  _shellper_bound=yes
  for map in emacs viins vicmd; do
    was=${"$(bindkey -M $map -- "$key" 2>/dev/null)"##* }
    if [[ -z $3 && -n $was && $was != (undefined-key|self-insert|$2) ]]; then
      _shellper_bound=$was
      continue
    fi
    bindkey -M $map -- "$key" $2 2>/dev/null || _shellper_bound='a key that cannot be bound'
  done
  return 0
}

# zsh-autosuggestions: the widgets set POSTDISPLAY themselves. Its list exists once it has loaded, at the latest at the first prompt.
_shellper_ignored() {
  emulate -L zsh
  if (( ${+ZSH_AUTOSUGGEST_IGNORE_WIDGETS} )) && (( ! ${ZSH_AUTOSUGGEST_IGNORE_WIDGETS[(Ie)shellper-replace]} )); then
    ZSH_AUTOSUGGEST_IGNORE_WIDGETS+=(shellper-replace shellper-explain)
  fi
  return 0
}

_shellper_load() {
  emulate -L zsh
  zle -N shellper-replace
  zle -N shellper-explain
  autoload -Uz add-zsh-hook
  add-zsh-hook preexec _shellper_preexec
  add-zsh-hook precmd _shellper_precmd
  add-zsh-hook precmd _shellper_ignored
  _shellper_ignored
  if [[ -z ${SHELLPER_NOBIND-} ]]; then
    [[ -z ${SHELLPER_EXPLAIN_KEY-} ]] || _shellper_bind "$SHELLPER_EXPLAIN_KEY" shellper-explain forced
    _shellper_bind "${SHELLPER_KEY:-alt-k}" shellper-replace "${SHELLPER_KEY-}"
  fi
  (( ${+aliases[shellper]} )) || alias shellper='noglob shellper'
  (( ${+functions[compdef]} )) && [[ -r $1/generated/_shellper ]] && source $1/generated/_shellper
  return 0
}
_shellper_load "${${(%):-%x}:A:h}"
