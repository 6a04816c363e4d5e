/** Our nodes begin their lines in n8n's log with their name; the editor numbers a second one. */
const OURS = /^(Incoming SMS Trigger|Missed Call Trigger|Agent Reply|Send SMS)\d*: /;

/** Takes what n8n prints, in pieces of any size, and passes on each whole line that a node of ours wrote. */
export function linesOfNodes(tell: (line: string) => void): (text: string) => void {
	let begun = '';
	return (text) => {
		const lines = (begun + text).split(/\r?\n/);
		begun = lines.pop() ?? '';
		for (const line of lines) if (OURS.test(line)) tell(line);
	};
}
