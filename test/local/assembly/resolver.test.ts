// biome-ignore-all lint/suspicious/noTemplateCurlyInString: CloudFormation writes its variables like this
import type { ResourceProvider } from '../../../local/kernel/types';
import { removeTemporaryFolders } from '../../support/cloud-assembly';
import { anAssembly, aProvider, resolverOf } from '../../support/cloud-resources';

const TYPE = 'Test::Thing';
const PROVIDERS = new Map([[TYPE, aProvider(TYPE)]]);

afterAll(removeTemporaryFolders);

test('a resource comes after those it refers to or depends on, wherever they stand in the template', () => {
  const folder = anAssembly({
    S: {
      Resources: {
        Last: { Type: TYPE, DependsOn: 'Middle' },
        Middle: { Type: TYPE, Properties: { Value: { 'Fn::Sub': '${First.Arn}' } } },
        First: { Type: TYPE },
      },
    },
  });

  const order = resolverOf(folder, PROVIDERS).deployed();

  expect(order.map(({ logicalId }) => logicalId)).toEqual(['First', 'Middle', 'Last']);
});

test('a resource whose condition does not hold is not deployed, and may not be referred to', () => {
  const template = (value: unknown) => ({
    Conditions: { Never: { 'Fn::Equals': ['a', 'b'] } },
    Resources: {
      Gone: { Type: TYPE, Condition: 'Never' },
      Here: { Type: TYPE, DependsOn: ['Gone'], Properties: { Value: value } },
    },
    Outputs: { Out: { Value: 'x', Condition: 'Never' } },
  });

  const resolver = resolverOf(anAssembly({ S: template('fine') }), PROVIDERS);

  expect(resolver.deployed().map(({ logicalId }) => logicalId)).toEqual(['Here']);
  expect(resolver.outputs()).toEqual({ S: {} });
  expect(() => resolverOf(anAssembly({ S: template({ Ref: 'Gone' }) }), PROVIDERS).deployed()).toThrow(/S\.Gone is referred to/);
});

test('values pass between stacks by import and by output', () => {
  const folder = anAssembly({
    A: {
      Resources: { X: { Type: TYPE } },
      Outputs: { Out: { Value: { Ref: 'X' }, Export: { Name: { 'Fn::Sub': '${AWS::StackName}-x' } } } },
    },
    B: {
      Resources: {
        Y: {
          Type: TYPE,
          Properties: {
            Imported: { 'Fn::ImportValue': 'A-x' },
            Read: { 'Fn::GetStackOutput': { StackName: 'A', OutputName: 'Out', Region: { Ref: 'AWS::Region' } } },
          },
        },
      },
    },
  });

  const resolver = resolverOf(folder, PROVIDERS);

  expect(resolver.deployed().at(-1)?.properties).toEqual({ Imported: 'A-X', Read: 'A-X' });
  expect(resolver.outputs()).toEqual({ A: { Out: 'A-X' }, B: {} });
});

test('a name that needs its own name is an error that names the circle', () => {
  const selfish: ResourceProvider = {
    ...aProvider(TYPE),
    identify: ({ properties, resolve }) => ({ ref: String(resolve(properties.Name)), attributes: {} }),
  };
  const folder = anAssembly({
    S: { Resources: { A: { Type: TYPE, Properties: { Name: { Ref: 'B' } } }, B: { Type: TYPE, Properties: { Name: { Ref: 'A' } } } } },
  });

  expect(() => resolverOf(folder, new Map([[TYPE, selfish]])).deployed()).toThrow('circular reference: S.B -> S.A -> S.B');
});

test('explicit names may be built from other resources', () => {
  const byName: ResourceProvider = {
    ...aProvider(TYPE),
    identify: ({ logicalId, properties, resolve }) => ({ ref: String(resolve(properties.Name) ?? logicalId), attributes: {} }),
  };
  const folder = anAssembly({
    S: { Resources: { A: { Type: TYPE, Properties: { Name: { 'Fn::Sub': '${B}-child' } } }, B: { Type: TYPE } } },
  });

  const refs = resolverOf(folder, new Map([[TYPE, byName]]))
    .deployed()
    .map(({ ref }) => ref);

  expect(refs).toEqual(expect.arrayContaining(['B', 'B-child']));
});
