import { definitionsOf, languageFaults, validateTemplates } from '../../scripts/validate-templates';
import { aProject, FLAGS } from '../lib/fixture';

const machine = (definition: unknown) => ({
  Resources: {
    Run: { Type: 'AWS::StepFunctions::StateMachine', Properties: { DefinitionString: definition } },
    Other: { Type: 'AWS::SNS::Topic' },
  },
});

test('intrinsics inside a definition are replaced, so that it can be read', () => {
  const joined = { 'Fn::Join': ['', ['{"StartAt":"A","States":{"A":{"Type":"Succeed","Comment":"', { Ref: 'AWS::Partition' }, '"}}}']] };

  expect(definitionsOf(machine(joined))).toEqual({ Run: { StartAt: 'A', States: { A: { Type: 'Succeed', Comment: 'aws' } } } });
});

test('a sound state machine has no fault', () => {
  expect(languageFaults(machine('{"StartAt":"A","States":{"A":{"Type":"Succeed"}}}'))).toEqual([]);
});

test('a state that leads nowhere is found, and named', () => {
  const [fault] = languageFaults(machine('{"StartAt":"A","States":{"A":{"Type":"Pass","Next":"B"}}}'));

  expect(fault).toMatch(/^Run: MISSING_TRANSITION_TARGET.*B/);
});

test('our templates have no finding, and every rule set aside has a reason', () => {
  const project = aProject();

  const verdict = validateTemplates(project, FLAGS);

  expect(verdict.findings).toEqual([]);
  expect(verdict).toMatchObject({ stacks: 4, stateMachines: 1 });
  expect(verdict.acknowledged.length).toBeGreaterThan(0);
  for (const { rule, reason } of verdict.acknowledged) {
    expect(rule).toMatch(/^(AwsSolutions-|CloudFormation-Validate::)[A-Z]+\d+/);
    expect(reason.length).toBeGreaterThan(20);
  }
  project.remove();
});
