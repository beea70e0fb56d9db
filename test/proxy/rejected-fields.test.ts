import { describe, expect, it } from 'vitest';
import { RejectedFields } from '../../src/proxy/rejected-fields.ts';

const fieldsOf = (rejected: RejectedFields, upstream: string, model: string) => [
  ...rejected.of(upstream, model).fields,
];

describe('rejected fields', () => {
  it('are empty at first', () => {
    const { fields, reasoning } = new RejectedFields().of('codex', 'heron-1');
    expect([fields.size, reasoning.size]).toEqual([0, 0]);
  });

  it('are remembered per model and upstream', () => {
    const rejected = new RejectedFields();
    rejected.addField('codex', 'heron-1', 'effort');
    rejected.addField('codex', 'heron-1', 'include');
    rejected.addField('codex', 'heron-1', 'effort');
    rejected.addField('codex', 'wren-1', 'verbosity');
    expect(fieldsOf(rejected, 'codex', 'heron-1')).toEqual(['effort', 'include']);
    expect(fieldsOf(rejected, 'codex', 'wren-1')).toEqual(['verbosity']);
    expect(fieldsOf(rejected, 'openai', 'heron-1')).toEqual([]);
  });

  it('do not change for a request in progress', () => {
    const rejected = new RejectedFields();
    const before = rejected.of('codex', 'heron-1');
    rejected.addField('codex', 'heron-1', 'effort');
    expect(before.fields.size).toBe(0);
  });

  it('contain rejected reasoning for every model, because its ids are unique', () => {
    const rejected = new RejectedFields();
    rejected.addReasoning(['r-1', 'r-2']);
    rejected.addReasoning(['r-3']);
    expect([...rejected.of('any', 'model').reasoning]).toEqual(['r-1', 'r-2', 'r-3']);
  });

  it('drop all rejected reasoning once it exceeds ten thousand ids', () => {
    const rejected = new RejectedFields();
    const size = () => rejected.of('a', 'b').reasoning.size;
    rejected.addReasoning(Array.from({ length: 10_000 }, (_, index) => `r-${index}`));
    rejected.addReasoning(['last']);
    expect(size()).toBe(10_001);
    rejected.addReasoning(['new']);
    expect([...rejected.of('a', 'b').reasoning]).toEqual(['new']);
  });
});
