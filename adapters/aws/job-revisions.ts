import { BatchClient, DeregisterJobDefinitionCommand, paginateDescribeJobDefinitions } from '@aws-sdk/client-batch';
import type { JobRevisions } from '../ports';
import { clientOptions } from './client-options';

/** The revisions of a deployment's job definitions, known by how their names start. */
export function createJobRevisions(namePrefix: string, batch = new BatchClient(clientOptions())): JobRevisions {
  return {
    async *list() {
      for await (const page of paginateDescribeJobDefinitions({ client: batch }, { status: 'ACTIVE' })) {
        for (const { jobDefinitionArn: arn = '', jobDefinitionName: name = '', revision = 0 } of page.jobDefinitions ?? []) {
          if (name.startsWith(namePrefix)) yield { arn, name, revision };
        }
      }
    },
    async deregister(arn) {
      await batch.send(new DeregisterJobDefinitionCommand({ jobDefinition: arn }));
    },
  };
}
