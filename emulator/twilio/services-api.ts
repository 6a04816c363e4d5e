import { Router } from 'express';
import { ApiError } from './api-error';
import type { ApiCall, ApiGate } from './api-gate';
import { filled, flag, one, type Form } from './form';
import { notFound } from './messages-api';
import { method } from './numbers-api';
import { v1Page } from './paging';
import type { CampaignRecord, NumberRecord, ServiceRecord, ShortCodeRecord } from './records';
import { campaignJson, poolNumberJson, poolShortCodeJson, serviceJson } from './service-json';
import { addService, joinService } from './setup';
import { isSid } from './sids';
import type { TwilioState } from './state';

const ROOT = '/v1/Services';

export function servicesApi(state: TwilioState, gate: ApiGate, baseUrl: () => string): Router {
	const find = ({ account, path, url }: ApiCall): ServiceRecord => {
		const sid = path['serviceSid'] ?? '';
		if (!isSid(sid, 'MG')) throw new ApiError(21705);
		const service = state.services.get(sid);
		if (service?.accountSid !== account.accountSid) throw notFound(url);
		return service;
	};
	const findNumber = (call: ApiCall, service: ServiceRecord, sid: string): NumberRecord => {
		const number = state.pool(service).find((member) => member.sid === sid);
		if (!number) throw notFound(call.url);
		return number;
	};
	const json = (service: ServiceRecord): unknown => serviceJson(service, baseUrl());
	const page = ({ query, url }: ApiCall) => ({ query, url, baseUrl: baseUrl() });

	const router = Router({ caseSensitive: true });
	router.get(
		ROOT,
		gate((call) => {
			const own = [...state.services.values()].filter(
				({ accountSid }) => accountSid === call.account.accountSid,
			);
			return { status: 200, body: v1Page('services', own.reverse(), json, page(call)) };
		}),
	);
	router.post(
		ROOT,
		gate(({ account, params }) => {
			const friendlyName = filled(params, 'FriendlyName');
			if (friendlyName === undefined) {
				throw new ApiError(20001, { message: 'Missing required parameter FriendlyName' });
			}
			const service = addService(state, account.accountSid, { friendlyName });
			update(service, params);
			return { status: 201, body: json(service) };
		}),
	);
	router.get(
		`${ROOT}/:serviceSid`,
		gate((call) => ({ status: 200, body: json(find(call)) })),
	);
	router.post(
		`${ROOT}/:serviceSid`,
		gate((call) => {
			const service = find(call);
			update(service, call.params);
			state.emit('setup');
			return { status: 200, body: json(service) };
		}),
	);

	router.get(
		`${ROOT}/:serviceSid/PhoneNumbers`,
		gate((call) => {
			const service = find(call);
			const toJson = (number: NumberRecord): unknown =>
				poolNumberJson(service, number, baseUrl());
			return {
				status: 200,
				body: v1Page('phone_numbers', state.pool(service), toJson, page(call)),
			};
		}),
	);
	router.post(
		`${ROOT}/:serviceSid/PhoneNumbers`,
		gate((call) => {
			const service = find(call);
			const number = state.numbers.get(one(call.params, 'PhoneNumberSid') ?? '');
			if (number?.accountSid !== call.account.accountSid) throw notFound(call.url);
			joinService(state, service, number);
			state.emit('setup');
			return { status: 201, body: poolNumberJson(service, number, baseUrl()) };
		}),
	);
	router.get(
		`${ROOT}/:serviceSid/PhoneNumbers/:sid`,
		gate((call) => {
			const service = find(call);
			const number = findNumber(call, service, call.path['sid'] ?? '');
			return { status: 200, body: poolNumberJson(service, number, baseUrl()) };
		}),
	);
	router.delete(
		`${ROOT}/:serviceSid/PhoneNumbers/:sid`,
		gate((call) => {
			const service = find(call);
			const number = findNumber(call, service, call.path['sid'] ?? '');
			service.numberSids = service.numberSids.filter((sid) => sid !== number.sid);
			state.emit('setup');
			return { status: 204 };
		}),
	);
	router.get(
		`${ROOT}/:serviceSid/ShortCodes`,
		gate((call) => {
			const service = find(call);
			const toJson = (shortCode: ShortCodeRecord): unknown =>
				poolShortCodeJson(service, shortCode, baseUrl());
			return {
				status: 200,
				body: v1Page('short_codes', service.shortCodes, toJson, page(call)),
			};
		}),
	);
	router.get(
		`${ROOT}/:serviceSid/AlphaSenders`,
		gate((call) => {
			find(call);
			return { status: 200, body: v1Page('alpha_senders', [], () => null, page(call)) };
		}),
	);
	router.get(
		`${ROOT}/:serviceSid/Compliance/Usa2p`,
		gate((call) => {
			const service = find(call);
			const toJson = (campaign: CampaignRecord): unknown =>
				campaignJson(service, campaign, baseUrl());
			const own = service.campaign ? [service.campaign] : [];
			return { status: 200, body: v1Page('compliance', own, toJson, page(call)) };
		}),
	);
	return router;
}

function update(service: ServiceRecord, params: Form): void {
	const url = (name: string, present: string | null): string | null => {
		const value = one(params, name);
		return value === undefined ? present : value || null;
	};
	service.friendlyName = filled(params, 'FriendlyName') ?? service.friendlyName;
	service.inboundRequestUrl = url('InboundRequestUrl', service.inboundRequestUrl);
	service.inboundMethod = method(params, 'InboundMethod') ?? service.inboundMethod;
	service.fallbackUrl = url('FallbackUrl', service.fallbackUrl);
	service.fallbackMethod = method(params, 'FallbackMethod') ?? service.fallbackMethod;
	service.statusCallback = url('StatusCallback', service.statusCallback);
	service.stickySender = flag(params, 'StickySender') ?? service.stickySender;
	service.smartEncoding = flag(params, 'SmartEncoding') ?? service.smartEncoding;
	service.mmsConverter = flag(params, 'MmsConverter') ?? service.mmsConverter;
	service.areaCodeGeomatch = flag(params, 'AreaCodeGeomatch') ?? service.areaCodeGeomatch;
	service.validityPeriod = Number(filled(params, 'ValidityPeriod') ?? service.validityPeriod);
	service.usecase = filled(params, 'Usecase') ?? service.usecase;
	service.useInboundWebhookOnNumber =
		flag(params, 'UseInboundWebhookOnNumber') ?? service.useInboundWebhookOnNumber;
	service.updatedAt = new Date();
}
