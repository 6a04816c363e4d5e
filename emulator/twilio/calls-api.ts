import { Router } from 'express';
import type { ApiGate } from './api-gate';
import { hasEnded, type CallLeg } from './call-leg';
import { rfc2822 } from './dates';
import { filled, type Form } from './form';
import { notFound } from './messages-api';
import { v2010Page } from './paging';
import type { LoggedLeg, TwilioState } from './state';

const ROOT = '/2010-04-01/Accounts/:accountSid/Calls.json';
const ONE = '/2010-04-01/Accounts/:accountSid/Calls/:callSid.json';
const DAY = /^\d{4}-\d{2}-\d{2}/;

/** The list of calls, the legs of phones that were rung for them too; newest first. */
export function callsApi(state: TwilioState, gate: ApiGate): Router {
	const router = Router({ caseSensitive: true });
	router.get(
		ROOT,
		gate(({ account, query, url }) => {
			const found = state.callLog
				.filter(({ accountSid }) => accountSid === account.accountSid)
				.filter(({ leg }) => matches(leg, query))
				.sort(({ leg: a }, { leg: b }) => b.startedAt.getTime() - a.startedAt.getTime())
				.map((logged) => ({ ...logged, sid: logged.leg.sid }));
			return { status: 200, body: v2010Page('calls', found, callJson, { query, url }) };
		}),
	);
	router.get(
		ONE,
		gate(({ account, path, url }) => {
			const found = state.callLog.find(
				({ accountSid, leg }) =>
					accountSid === account.accountSid && leg.sid === path['callSid'],
			);
			if (!found) throw notFound(url);
			return { status: 200, body: callJson(found) };
		}),
	);
	return router;
}

function matches(leg: CallLeg, query: Form): boolean {
	const is = (name: string, value: string | null): boolean => {
		const wanted = filled(query, name);
		return wanted === undefined || wanted === value;
	};
	const bound = (
		name: string,
		at: Date | null,
		holds: (day: string, given: string) => boolean,
	) => {
		// Days in UTC: what stands behind one is not looked at.
		const given = DAY.exec(filled(query, name) ?? '')?.[0];
		if (given === undefined) return true;
		return at !== null && holds(at.toISOString().slice(0, 10), given);
	};
	const dates = (name: string, at: Date | null): boolean =>
		bound(name, at, (day, given) => day === given) &&
		bound(`${name}<`, at, (day, given) => day < given) &&
		bound(`${name}>`, at, (day, given) => day >= given);
	return (
		is('To', leg.to) &&
		is('From', leg.from) &&
		is('ParentCallSid', leg.parentSid) &&
		is('Status', leg.status) &&
		dates('StartTime', leg.startedAt) &&
		dates('EndTime', leg.endedAt)
	);
}

function callJson({ accountSid, numberSid, leg }: LoggedLeg): Record<string, unknown> {
	const uri = `/2010-04-01/Accounts/${accountSid}/Calls/${leg.sid}`;
	const resources = ['Events', 'Notifications', 'Payments', 'Recordings', 'Siprec', 'Streams'];
	const wasTalked = leg.status === 'completed';
	return {
		sid: leg.sid,
		date_created: rfc2822(leg.startedAt),
		date_updated: rfc2822(leg.endedAt ?? leg.startedAt),
		parent_call_sid: leg.parentSid,
		account_sid: accountSid,
		to: leg.to,
		to_formatted: leg.to,
		from: leg.from,
		from_formatted: leg.from,
		phone_number_sid: leg.parentSid === null ? numberSid : null,
		status: leg.status,
		start_time: rfc2822(leg.startedAt),
		end_time: wasTalked && leg.endedAt !== null ? rfc2822(leg.endedAt) : null,
		duration: hasEnded(leg) ? (wasTalked ? '7' : '0') : null,
		price: null,
		price_unit: 'USD',
		direction: leg.parentSid === null ? 'inbound' : 'outbound-dial',
		answered_by: null,
		api_version: '2010-04-01',
		forwarded_from: null,
		group_sid: null,
		caller_name: null,
		queue_time: '0',
		trunk_sid: null,
		uri: `${uri}.json`,
		subresource_uris: Object.fromEntries(
			resources.map((name) => [name.toLowerCase(), `${uri}/${name}.json`]),
		),
	};
}
