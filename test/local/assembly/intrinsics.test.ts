// biome-ignore-all lint/suspicious/noTemplateCurlyInString: CloudFormation writes its variables like this
import { removeTemporaryFolders } from '../../support/cloud-assembly';
import { anAssembly, aProvider, resolverOf } from '../../support/cloud-resources';

const TYPE = 'Test::Thing';
const PROVIDERS = new Map([[TYPE, aProvider(TYPE)]]);

afterAll(removeTemporaryFolders);

/** Resolves one value as a property of `Thing` in stack `S`, beside a resource `Other`. */
function resolved(value: unknown, sections: object = {}): unknown {
  const folder = anAssembly({
    S: {
      Resources: { Other: { Type: TYPE }, Thing: { Type: TYPE, Properties: { Value: value } } },
      Parameters: { Stage: { Type: 'String', Default: 'dev' }, Names: { Type: 'CommaDelimitedList', Default: 'a,b' } },
      Mappings: { Sizes: { small: { cpu: 1 } } },
      Conditions: {
        IsDev: { 'Fn::Equals': [{ Ref: 'Stage' }, 'dev'] },
        IsProd: { 'Fn::Not': [{ Condition: 'IsDev' }] },
        Both: { 'Fn::And': [{ Condition: 'IsDev' }, { Condition: 'IsProd' }] },
        Either: { 'Fn::Or': [{ Condition: 'IsDev' }, { Condition: 'IsProd' }] },
      },
      ...sections,
    },
  });
  return resolverOf(folder, PROVIDERS)
    .deployed()
    .find(({ logicalId }) => logicalId === 'Thing')?.properties.Value;
}

test.each<[string, unknown, unknown]>([
  ['Ref of a resource', { Ref: 'Other' }, 'S-Other'],
  ['Ref of a parameter gives its default', { Ref: 'Stage' }, 'dev'],
  ['Ref of a list parameter gives a list', { Ref: 'Names' }, ['a', 'b']],
  ['AWS::AccountId', { Ref: 'AWS::AccountId' }, '000000000000'],
  ['AWS::Region', { Ref: 'AWS::Region' }, 'us-east-1'],
  ['AWS::Partition', { Ref: 'AWS::Partition' }, 'aws'],
  ['AWS::URLSuffix', { Ref: 'AWS::URLSuffix' }, 'amazonaws.com'],
  ['AWS::StackName', { Ref: 'AWS::StackName' }, 'S'],
  ['AWS::StackId', { Ref: 'AWS::StackId' }, 'arn:aws:cloudformation:us-east-1:000000000000:stack/S/local'],
  ['AWS::NotificationARNs', { Ref: 'AWS::NotificationARNs' }, []],
  ['AWS::NoValue leaves a property out', { a: 1, b: { Ref: 'AWS::NoValue' } }, { a: 1 }],
  ['AWS::NoValue leaves a list element out', [1, { Ref: 'AWS::NoValue' }], [1]],
  ['Fn::GetAtt as a list', { 'Fn::GetAtt': ['Other', 'Arn'] }, 'arn:of:S-Other'],
  ['Fn::GetAtt as a text', { 'Fn::GetAtt': 'Other.Arn' }, 'arn:of:S-Other'],
  ['Fn::GetAtt of an attribute with a dot', { 'Fn::GetAtt': ['Other', 'Nested.Name'] }, 'nested'],
  ['Fn::Join', { 'Fn::Join': ['-', ['a', { Ref: 'Stage' }, 3]] }, 'a-dev-3'],
  ['Fn::Join of a list that is itself resolved', { 'Fn::Join': ['+', { Ref: 'Names' }] }, 'a+b'],
  ['Fn::Sub as a text', { 'Fn::Sub': '${Stage}/${Other}/${Other.Arn}/${AWS::Region}' }, 'dev/S-Other/arn:of:S-Other/us-east-1'],
  ['Fn::Sub with variables', { 'Fn::Sub': ['${x}${Stage}', { x: { Ref: 'Other' } }] }, 'S-Otherdev'],
  ['Fn::Sub keeps ${!Literal}', { 'Fn::Sub': 'a${!b}' }, 'a${b}'],
  ['Fn::Select by number', { 'Fn::Select': [1, ['a', 'b']] }, 'b'],
  ['Fn::Select by text', { 'Fn::Select': ['0', { 'Fn::Split': ['/', 'x/y'] }] }, 'x'],
  ['Fn::Split', { 'Fn::Split': [',', 'a,b'] }, ['a', 'b']],
  ['Fn::GetAZs', { 'Fn::GetAZs': '' }, ['us-east-1a', 'us-east-1b', 'us-east-1c']],
  ['Fn::If of a condition that holds', { 'Fn::If': ['IsDev', 'yes', 'no'] }, 'yes'],
  ['Fn::If of Fn::Not', { 'Fn::If': ['IsProd', 'yes', 'no'] }, 'no'],
  ['Fn::If of Fn::And', { 'Fn::If': ['Both', 'yes', 'no'] }, 'no'],
  ['Fn::If of Fn::Or', { 'Fn::If': ['Either', 'yes', 'no'] }, 'yes'],
  ['Fn::If to no value', { a: { 'Fn::If': ['IsProd', 1, { Ref: 'AWS::NoValue' }] } }, {}],
  ['Fn::FindInMap', { 'Fn::FindInMap': ['Sizes', 'small', 'cpu'] }, 1],
  ['Fn::FindInMap with a default', { 'Fn::FindInMap': ['Sizes', 'huge', 'cpu', { DefaultValue: 9 }] }, 9],
  ['Fn::Base64', { 'Fn::Base64': 'hi' }, 'aGk='],
  ['an object with more keys is data', { Ref: 'x', and: 1 }, { Ref: 'x', and: 1 }],
  ['null', null, null],
])('%s', (_, value, expected) => {
  expect(resolved(value)).toEqual(expected);
});

test.each<[string, unknown, RegExp]>([
  ['an unknown intrinsic', { 'Fn::Cidr': ['10.0.0.0/16', 2, 8] }, /Fn::Cidr \(in S\.Thing\) is not emulated/],
  ['an unknown attribute', { 'Fn::GetAtt': ['Other', 'Colour'] }, /attribute Colour of Test::Thing/],
  ['an unknown name', { Ref: 'Nobody' }, /S has no resource, parameter or pseudo parameter Nobody/],
  ['a map without the key', { 'Fn::FindInMap': ['Sizes', 'huge', 'cpu'] }, /Sizes\.huge\.cpu/],
  ['an element that is not there', { 'Fn::Select': [5, ['a']] }, /element 5 of \["a"\]/],
  ['an unknown condition', { 'Fn::If': ['Whatever', 1, 2] }, /condition undefined \(in S condition Whatever\)/],
  ['an import that nobody exports', { 'Fn::ImportValue': 'x' }, /no stack exports/],
  ['an output of another region', { 'Fn::GetStackOutput': { StackName: 'S', OutputName: 'O', Region: 'eu-west-1' } }, /eu-west-1/],
  ['an output that does not exist', { 'Fn::GetStackOutput': { StackName: 'S', OutputName: 'O' } }, /no output O of a stack S/],
])('%s is refused by name', (_, value, message) => {
  expect(() => resolved(value)).toThrow(message);
});

test('a parameter without a default is refused by name', () => {
  expect(() => resolved({ Ref: 'P' }, { Parameters: { P: { Type: 'String' } } })).toThrow(/parameter P without a default \(in S\)/);
});

test('a parameter kept in SSM is refused, but for the bootstrap version', () => {
  const parameter = { Type: 'AWS::SSM::Parameter::Value<String>', Default: '/some/name' };

  expect(() => resolved({ Ref: 'P' }, { Parameters: { P: parameter } })).toThrow(/parameter P of type AWS::SSM/);
  expect(Number(resolved({ Ref: 'BootstrapVersion' }, { Parameters: { BootstrapVersion: parameter } }))).toBeGreaterThan(6);
});

test('a condition that asks for itself is an error that names the circle', () => {
  const sections = { Conditions: { A: { Condition: 'B' }, B: { Condition: 'A' } } };

  expect(() => resolved({ 'Fn::If': ['A', 1, 2] }, sections)).toThrow(
    'circular reference: S condition A -> S condition B -> S condition A',
  );
});
