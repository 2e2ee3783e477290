import { NotEmulatedError } from '../../../local/kernel/errors';
import { parseDefinition } from '../../../local/stepfunctions';
import { deploy } from '../../support/messaging-kernel';
import { aStatesWorld, aTask, only, ROLE } from './states-world';

const parse = (definition: object) => parseDefinition(JSON.stringify({ QueryLanguage: 'JSONata', ...definition }));
const aMap = (processor: object, fields: object = {}) => only({ Type: 'Map', Items: [1], ItemProcessor: processor, End: true, ...fields });
const inner = { StartAt: 'In', States: { In: { Type: 'Pass', End: true } } };

describe('a definition', () => {
  test.each([
    ['field InputPath of state "Only"', only({ Type: 'Pass', InputPath: '$', End: true })],
    ['field ResultPath of state "Only"', only(aTask('f', { ResultPath: '$' }))],
    ['type "Activity" of state "Only"', only({ Type: 'Activity' })],
    [
      'field Resource with "arn:aws:states:::sqs:sendMessage" of state "Only"',
      only(aTask('f', { Resource: 'arn:aws:states:::sqs:sendMessage' })),
    ],
    ['field Arguments.InvocationType of state "Only"', only(aTask('f', { Arguments: { FunctionName: 'f', InvocationType: 'Event' } }))],
    ['field Credentials of state "Only"', only(aTask('f', { Credentials: {} }))],
    ['field ToleratedFailurePercentage of state "Only"', aMap(inner, { ToleratedFailurePercentage: 5 })],
    [
      'field ProcessorConfig.Mode with "DISTRIBUTED" of ItemProcessor of state "Only"',
      aMap({ ...inner, ProcessorConfig: { Mode: 'DISTRIBUTED' } }),
    ],
    ['field QueryLanguage with "JSONPath" of state "Only"', only({ Type: 'Pass', QueryLanguage: 'JSONPath', End: true })],
    ['field Choices.0.Variable of state "Only"', only({ Type: 'Choice', Choices: [{ Condition: true, Next: 'Only', Variable: '$.x' }] })],
    ['field Surprise of the state machine', { ...only({ Type: 'Succeed' }), Surprise: 1 }],
    ['field Colour of state "In"', aMap({ StartAt: 'In', States: { In: { Type: 'Pass', Colour: 1, End: true } } })],
  ])('is refused by name for the %s', (what, definition) => {
    expect(() => parse(definition)).toThrow(NotEmulatedError);
    expect(() => parse(definition)).toThrow(`${what} is not emulated`);
  });

  test.each([
    ['StartAt "Gone" is none of Only', { ...only({ Type: 'Succeed' }), StartAt: 'Gone' }],
    ['state "Only" leads to "Gone", which is not beside it', only({ Type: 'Pass', Next: 'Gone' })],
    ['state "Only" leads to "Gone", which is not beside it', only(aTask('f', { Catch: [{ ErrorEquals: ['A'], Next: 'Gone' }] }))],
    ['state "Only" must have either Next or End', only({ Type: 'Pass' })],
    ['state "Only" must have either Seconds or Timestamp', only({ Type: 'Wait', End: true })],
    ['Retry of state "Only": States.ALL must stand alone and last', only(aTask('f', { Retry: [{ ErrorEquals: ['States.ALL', 'A'] }] }))],
    ['field Output of state "Only": the JSONata expression \'1 +\'', only({ Type: 'Pass', Output: '{% 1 + %}', End: true })],
    ['state "Only" assigns $states, which is reserved', only({ Type: 'Pass', Assign: { states: 1 }, End: true })],
    ['field TimeoutSeconds of state "Only"', only(aTask('f', { TimeoutSeconds: 0 }))],
    ['field Choices of state "Only"', only({ Type: 'Choice', Choices: [] })],
    ['state "In" leads to "Only", which is not beside it', aMap({ StartAt: 'In', States: { In: { Type: 'Pass', Next: 'Only' } } })],
  ])('is invalid because %s', (what, definition) => {
    expect(() => parse(definition)).toThrow(expect.objectContaining({ code: 'InvalidDefinition', message: expect.stringContaining(what) }));
  });

  test('is invalid when it is no JSON, and when an inner variable hides an outer one', () => {
    const hiding = {
      StartAt: 'Set',
      States: {
        Set: { Type: 'Pass', Assign: { x: 1 }, Next: 'Each' },
        Each: {
          Type: 'Map',
          ItemProcessor: { StartAt: 'In', States: { In: { Type: 'Pass', Assign: { x: 2 }, End: true } } },
          End: true,
        },
      },
    };

    expect(() => parseDefinition('{')).toThrow('the definition is not JSON');
    expect(() => parse(hiding)).toThrow('state "In" assigns $x, which belongs to an outer scope');
  });

  test('may name the query language in every state instead of once', () => {
    expect(parseDefinition(JSON.stringify(only({ Type: 'Succeed', QueryLanguage: 'JSONata' }))).StartAt).toBe('Only');
    expect(() => parseDefinition(JSON.stringify(only({ Type: 'Succeed' })))).toThrow('field QueryLanguage with "JSONPath"');
  });
});

describe('the resource', () => {
  const create = async (properties: object) => {
    const world = await aStatesWorld();
    try {
      return await deploy(world.service, 'AWS::StepFunctions::StateMachine', {
        logicalId: 'Run',
        properties: { RoleArn: ROLE, ...properties },
      });
    } finally {
      await world.close();
    }
  };
  const Definition = { QueryLanguage: 'JSONata', ...only({ Type: 'Succeed' }) };

  test('has its ARN as reference and a name made of stack and logical id', async () => {
    const { ref, attributes } = await create({
      Definition,
      StateMachineType: 'STANDARD',
      TracingConfiguration: { Enabled: true },
      Tags: [],
    });

    expect(ref).toBe('arn:aws:states:us-east-1:000000000000:stateMachine:Test-Run');
    expect(attributes).toEqual({ Arn: ref, Name: 'Test-Run', StateMachineRevisionId: expect.stringMatching(/^[0-9a-f-]{36}$/) });
  });

  test.each([
    ['StateMachineType EXPRESS of AWS::StepFunctions::StateMachine Test/Run', { Definition, StateMachineType: 'EXPRESS' }],
    ['property DefinitionS3Location of AWS::StepFunctions::StateMachine Test/Run', { DefinitionS3Location: {} }],
    ['Test/Run without exactly one of DefinitionString and Definition', {}],
  ])('is refused by name: %s', async (what, properties) => {
    await expect(create(properties)).rejects.toThrow(`${what} is not emulated`);
  });
});
