import { NodeConnectionTypes, type INodeType } from 'n8n-workflow';

/** The node as n8n offers it to AI Agents: no input, one `ai_tool` output, "Tool" after its name. */
export function asTool(node: INodeType): INodeType {
	const { description } = node;
	const tool = Object.create(node) as INodeType;
	tool.description = {
		...description,
		name: `${description.name}Tool`,
		displayName: `${description.displayName} Tool`,
		inputs: [],
		outputs: [NodeConnectionTypes.AiTool],
	};
	return tool;
}
