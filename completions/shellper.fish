# shellper for fish: one key turns the words on the line into a command, pressed again it offers the next reading and at last the words.
# Source it from ~/.config/fish/config.fish. Nothing here runs a command line.
#   SHELLPER_KEY=alt-k       the key: alt-LETTER, ctrl-LETTER, or keys as bind takes them; set by you it wins over what the key did before
#   SHELLPER_EXPLAIN_KEY=    a key for shellper_explain, which says below the line what the command on it does; none by default
#   SHELLPER_NOBIND=1        bind nothing; the functions shellper_replace and shellper_explain are there for your own bindings
#   SHELLPER_CAPTURE=1       the model may see what the last command printed (tmux, kitty, wezterm)
#   SHELLPER_PROGRAM=PATH    where the program lies, if not on PATH
status is-interactive; or return 0

set -g _shellper_release 1
set -g _shellper_last ''
set -g _shellper_status 0
set -g _shellper_bound no
set -g _shellper_takes
set -g _shellper_notes
set -g _shellper_says
set -g _shellper_at 0

# The last command and its exit status; one that begins with a blank is private.
function _shellper_note --on-event fish_postexec
    set -g _shellper_status $status
    set -g _shellper_last ''
    string match -qr '^\s' -- $argv[1]; or set -g _shellper_last (string sub -l 4000 -- $argv[1] | string collect)
    set -g _shellper_takes
    set -g _shellper_notes
end

# The program, told of the last command and of this hook.
function shellper --description 'words to a command'
    set -l program shellper
    set -q SHELLPER_PROGRAM; and test -n "$SHELLPER_PROGRAM"; and set program $SHELLPER_PROGRAM
    set -l key alt-k
    set -q SHELLPER_KEY; and test -n "$SHELLPER_KEY"; and set key $SHELLPER_KEY
    SHELLPER_LAST_COMMAND="$_shellper_last" SHELLPER_LAST_STATUS=$_shellper_status SHELLPER_CAPTURE="$SHELLPER_CAPTURE" \
        SHELLPER_HOOK=(printf '%s\t' "fish $version" $_shellper_release no $key)$_shellper_bound \
        command $program $argv
end

# Fill takes, notes and says from the program's answer; its exit status.
function _shellper_answer
    set -g _shellper_takes
    set -g _shellper_notes
    set -g _shellper_says
    set -l said (shellper widget fish $argv 2>/dev/null </dev/null)
    set -l ended $status
    for line in $said
        set -l parts (string split -m 1 \t -- $line)
        set -q parts[2]; or continue
        switch $parts[1]
            case take
                set -a _shellper_takes $parts[2]
                set -a _shellper_notes ''
            case note
                set -q _shellper_notes[1]; and set _shellper_notes[-1] $parts[2]
            case say
                set -a _shellper_says $parts[2]
        end
    end
    return $ended
end

# How many rows the lines $argv take behind the prompt.
function _shellper_rows
    set -l prompt (string length -- (fish_prompt)[-1] 2>/dev/null)
    set -q prompt[1]; or set prompt 0
    set -l rows 0
    for line in $argv
        set rows (math "$rows + 1 + floor(($prompt + "(string length -- "$line")") / $COLUMNS)")
    end
    echo $rows
end

# Show lines below the command line $line with $before of it in front of the cursor, and draw the prompt with that line again after them:
# fish goes up by the rows of the prompt and of what is in front of the cursor.
function _shellper_show --no-scope-shadowing
    string repeat -N -n (math (_shellper_rows $line) - (_shellper_rows $before) + 1) \n
    printf '%s\n' $argv
    string repeat -N -n (math (count (fish_prompt)) + (_shellper_rows $before) - 2) \n
    commandline -f repaint
end

# What to show where the program said nothing, by its exit status.
function _shellper_silence
    switch $argv[1]
        case 130 143
            echo stopped
        case 127
            echo 'shellper: the program is not there'
        case '*'
            echo "shellper: no answer (status $argv[1]); shellper doctor may know why"
    end
end

function shellper_replace
    set -l words (commandline -b | string collect)
    set -l line (commandline -b)
    set -l before (commandline -bc)
    string match -qr '\S' -- $words; or return 0
    if set -q _shellper_takes[1]; and test "$words" = "$_shellper_takes[$_shellper_at]"
        set -g _shellper_at (math $_shellper_at % (count $_shellper_takes) + 1)
    else
        _shellper_answer -- $words
        set -l ended $status
        if test $ended -ne 0; or not set -q _shellper_takes[1]
            set -g _shellper_takes
            set -g _shellper_notes
            set -q _shellper_says[1]; or set -g _shellper_says (_shellper_silence $ended)
            _shellper_show $_shellper_says
            return 0
        end
        set -a _shellper_takes $words
        set -a _shellper_notes 'your words'
        set -g _shellper_at 1
    end
    commandline -r -- $_shellper_takes[$_shellper_at]
    _shellper_show $_shellper_notes[$_shellper_at]
end

function shellper_explain
    set -l line (commandline -b)
    set -l before (commandline -bc)
    string match -qr '\S' -- $line; or return 0
    _shellper_answer --explain -- (string join \n -- $line | string collect)
    set -l ended $status
    set -g _shellper_takes
    set -q _shellper_says[1]; or set -g _shellper_says (_shellper_silence $ended)
    _shellper_show $_shellper_says
end

# KEY FUNCTION FORCED: bind in every mode; a key that does something already is left alone unless FORCED, and named in _shellper_bound.
function _shellper_bind
    set -l key $argv[1]
    string match -q 'alt-?' -- $key; and set key '\e'(string sub -s 5 -- $key)
    string match -q 'ctrl-?' -- $key; and set key '\c'(string sub -s 6 -- $key)
    set key (string unescape -- $key)
    set -g _shellper_bound yes
    for mode in default insert visual
        set -l was (bind -M $mode $key 2>/dev/null | string replace -r '^bind\s+(?:--preset\s+)?(?:-M \S+\s+)?\S+\s+' '')
        if test -z "$argv[3]"; and set -q was[1]; and not contains -- "$was[1]" $argv[2] self-insert
            set -g _shellper_bound $was[1]
            continue
        end
        bind -M $mode $key $argv[2] 2>/dev/null; or set -g _shellper_bound 'a key that cannot be bound'
    end
end

if not set -q SHELLPER_NOBIND; or test -z "$SHELLPER_NOBIND"
    set -q SHELLPER_EXPLAIN_KEY; and test -n "$SHELLPER_EXPLAIN_KEY"; and _shellper_bind $SHELLPER_EXPLAIN_KEY shellper_explain forced
    if set -q SHELLPER_KEY; and test -n "$SHELLPER_KEY"
        _shellper_bind $SHELLPER_KEY shellper_replace forced
    else
        _shellper_bind alt-k shellper_replace ''
    end
end
set -l _shellper_completion (status dirname)/generated/shellper.fish
test -r $_shellper_completion; and source $_shellper_completion
true
