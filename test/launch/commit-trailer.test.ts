import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { trailerOf, withCommitTrailer } from '../../src/launch/commit-trailer.ts';

const T = " --trailer 'By: m'";
const added = (command: string) => withCommitTrailer(command, 'By: m');

describe('a shell command with a commit', () => {
  it.each([
    ['git commit -m "a message"', `git commit -m "a message"${T}`],
    ['git add . && git commit -am x', `git add . && git commit -am x${T}`],
    [
      'cd sub; git -C /tmp -c user.name="A B" commit --amend --no-edit',
      `cd sub; git -C /tmp -c user.name="A B" commit --amend --no-edit${T}`,
    ],
    ['(git commit -m x)', `(git commit -m x${T})`],
    ['GIT_EDITOR=true /usr/bin/git commit --message=x', `GIT_EDITOR=true /usr/bin/git commit --message=x${T}`],
    ['if true; then git commit -m x; fi', `if true; then git commit -m x${T}; fi`],
    ['git commit -m one\ngit commit -m two', `git commit -m one${T}\ngit commit -m two${T}`],
    ['git \\\n  commit -m x', `git \\\n  commit -m x${T}`],
    ['git commit -m x -- src/a.ts', `git commit -m x${T} -- src/a.ts`],
    ['git commit -m -- src/a.ts', `git commit -m -- src/a.ts${T}`],
    [
      'git commit --allow-empty -m x > log 2>&1 && git push',
      `git commit --allow-empty -m x${T} > log 2>&1 && git push`,
    ],
    ['git commit -m x > log -q', `git commit -m x${T} > log -q`],
    ['git commit -m x &> log', `git commit -m x${T} &> log`],
    [
      'git commit -F - <<EOF\na `word`; git commit -m x\nEOF',
      `git commit -F -${T} <<EOF\na \`word\`; git commit -m x\nEOF`,
    ],
    ['git commit -m x # git commit -m x', `git commit -m x${T} # git commit -m x`],
    ["git commit -m 'a `name`, $HOME and $(x)' | cat", `git commit -m 'a \`name\`, $HOME and $(x)'${T} | cat`],
    [`git commit -m "v\${VERSION} of $(date; (id))"`, `git commit -m "v\${VERSION} of $(date; (id))"${T}`],
    [
      'git commit -m "$(cat <<\'EOF\'\nFix; git commit (really)\n\nA "quote", it\'s a `name` (1\nEOF\n)" && git status',
      `git commit -m "$(cat <<'EOF'\nFix; git commit (really)\n\nA "quote", it's a \`name\` (1\nEOF\n)"${T} && git status`,
    ],
    [
      'cat > f <<EOF\ngit commit -m no\nEOF\ngit commit -m yes',
      `cat > f <<EOF\ngit commit -m no\nEOF\ngit commit -m yes${T}`,
    ],
    [
      'cat <<"A" <<-B; git commit -m x\nB\nA\n\tB\ngit status',
      `cat <<"A" <<-B; git commit -m x${T}\nB\nA\n\tB\ngit status`,
    ],
  ])('%j gets the trailer', (command, expected) => {
    expect(added(command)).toBe(expected);
  });

  it.each([
    'git status',
    'git log --grep commit',
    'echo git commit -m x',
    'echo "git commit -m x"',
    "printf 'x; git commit -m x'",
    'git commit-tree x -m x',
    'gitcommit -m x',
    'git stash -m "x" ; echo "$(git log | grep commit)"',
    'cat <<-EOF\n\tgit commit -m x\n\tEOF',
    '# git commit -m x',
    '',
    'git',
    'git -C',
    'git -c',
    // Without a message, an editor gives it, and an empty one ends the commit.
    'git commit',
    'git commit --amend',
    'git commit -m ""',
    "git commit --message=''",
    'git commit -m',
    'git commit --dry-run -m x',
    'git commit -h',
  ])('%j is left as it is', (command) => {
    expect(added(command)).toBeUndefined();
  });

  // Shells differ about these, or they need more than words to be read.
  it.each([
    'echo `date`',
    'echo "`date`"',
    "echo $'it\\'s'",
    `echo \${x:-"}"}`,
    'a=(1 2)',
    'f() { x; }',
    'ls !(a)',
    'diff <(a) <(b)',
    'ls =(a)',
    '[[ a =~ (b) ]]',
    '((x << 2))',
    'echo $((1<<2))',
    'cat <<$END\n$END',
    'cat <<E"O"F\nEOF',
    'case x in x) echo;; esac',
    'echo "unclosed',
    "echo 'unclosed",
    'echo $(unclosed',
    '(unclosed',
    'cat <<EOF\nnever closed',
    'cat > ; x',
    '$('.repeat(20_000),
  ])('%j beside it is not understood, and nothing is changed', (other) => {
    for (const command of [`git commit -m x\n${other}`, `${other}\ngit commit -m x`, `git commit -m "$(${other})"`])
      expect(added(command)).toBeUndefined();
  });

  it('is left as it is when a parenthesis is closed that was never opened', () => {
    expect(added('git commit -m x; echo )')).toBeUndefined();
  });

  it('keeps its other text for any input, and always ends', () => {
    const parts = [
      'git',
      ' ',
      'commit',
      '"',
      "'",
      '$(',
      ')',
      '`',
      '\\',
      '\n',
      ';',
      '<<EOF',
      'EOF',
      '-m',
      '&&',
      'x',
      '(',
    ];
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...parts), { maxLength: 30 }), (words) => {
        const command = words.join('');
        expect((added(command) ?? command).replaceAll(T, '')).toBe(command);
      }),
    );
  });
});

it('the trailer names model and upstream, and survives any quote in a real shell', () => {
  expect(trailerOf('By: {model} on {upstream}\n', { upstream: 'codex', model: 'gpt-5.5' })).toBe(
    'By: gpt-5.5 on codex ',
  );
  const command = withCommitTrailer('git commit -m x', "By: it's $HOME `x`");
  expect(command).toBe("git commit -m x --trailer 'By: it'\\''s $HOME `x`'");
  if (process.platform === 'win32') return;
  const printed = execFileSync('sh', ['-c', `git() { printf '%s\\n' "$@"; }; ${command}`]).toString();
  expect(printed).toBe("commit\n-m\nx\n--trailer\nBy: it's $HOME `x`\n");
});
