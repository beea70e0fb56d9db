import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { trailerOf, withCommitTrailer } from '../../src/launch/commit-trailer.ts';

const T = " --trailer 'By: m'";
const added = (command: string) => withCommitTrailer(command, 'By: m');

describe('a shell command with a commit', () => {
  it.each([
    ['git commit', `git commit${T}`],
    ['git commit -m "a message"', `git commit${T} -m "a message"`],
    ['git add . && git commit -am x', `git add . && git commit${T} -am x`],
    [
      'cd sub; git -C /tmp -c user.name="A B" commit --amend',
      `cd sub; git -C /tmp -c user.name="A B" commit${T} --amend`,
    ],
    ['(git commit -m x)', `(git commit${T} -m x)`],
    ['GIT_EDITOR=true /usr/bin/git commit', `GIT_EDITOR=true /usr/bin/git commit${T}`],
    ['if true; then git commit -m x; fi', `if true; then git commit${T} -m x; fi`],
    ['git commit -m one\ngit commit -m two', `git commit${T} -m one\ngit commit${T} -m two`],
    ['git \\\n  commit -m x', `git \\\n  commit${T} -m x`],
    [
      'git commit -m "$(cat <<\'EOF\'\nFix; git commit (really)\n\nA "quote" and more.\nEOF\n)"',
      `git commit${T} -m "$(cat <<'EOF'\nFix; git commit (really)\n\nA "quote" and more.\nEOF\n)"`,
    ],
    [
      'cat > f <<EOF\ngit commit -m no\nEOF\ngit commit -m yes',
      `cat > f <<EOF\ngit commit -m no\nEOF\ngit commit${T} -m yes`,
    ],
    ['git commit # git commit', `git commit${T} # git commit`],
  ])('%j gets the trailer', (command, expected) => {
    expect(added(command)).toBe(expected);
  });

  it.each([
    'git status',
    'git log --grep commit',
    'echo git commit',
    'echo "git commit"',
    "printf 'x; git commit'",
    'git commit-tree x',
    'gitcommit',
    'git stash -m "x" ; echo "$(git log | grep commit)"',
    'cat <<-EOF\n\tgit commit\n\tEOF',
    'echo `git commit`',
    '# git commit',
    '',
    'git',
    'git -C',
    'echo "unclosed',
    "echo 'unclosed",
    'echo $(unclosed',
    'cat <<EOF\nnever closed\ngit commit',
  ])('%j is left as it is', (command) => {
    expect(added(command)).toBeUndefined();
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
  const command = withCommitTrailer('git commit', "By: it's $HOME `x`");
  expect(command).toBe("git commit --trailer 'By: it'\\''s $HOME `x`'");
  if (process.platform === 'win32') return;
  const printed = execFileSync('sh', ['-c', `git() { printf '%s\\n' "$@"; }; ${command}`]).toString();
  expect(printed).toBe("commit\n--trailer\nBy: it's $HOME `x`\n");
});
