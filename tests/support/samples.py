"""A request for every operation that a valid caller may send again and again: it changes nothing."""

import grpc

NO_ID = "0192f0c1-2345-7678-9abc-def012345678"

# How such a request ends once the caller is let in: HTTP status and gRPC code.
FOUND = (200, grpc.StatusCode.OK)
NOT_FOUND = (404, grpc.StatusCode.NOT_FOUND)
INVALID = (400, grpc.StatusCode.INVALID_ARGUMENT)

OUTCOMES = {
    "BotService.CreateBot": INVALID,
    "BotService.ListBots": FOUND,
    "TemplateService.ListTemplates": FOUND,
    "TravelService.ImportBot": (415, grpc.StatusCode.INVALID_ARGUMENT),
    "AttachmentService.CreateAttachment": (415, grpc.StatusCode.INVALID_ARGUMENT),
    "ProviderService.CreateProvider": INVALID,
    "ProviderService.ListProviders": FOUND,
    "ProviderService.ListPresets": FOUND,
    "ModelService.ListModels": FOUND,
    "ModelService.EmbedTexts": INVALID,
    "ModelService.AddLocalModel": INVALID,
    "ModelService.PullLocalModel": INVALID,
    "ModelService.StreamPullLocalModel": INVALID,
    "RunService.ListRuns": FOUND,
    "RunService.ListTools": FOUND,
    "RunService.DiffRuns": INVALID,
    "SystemService.GetSystem": FOUND,
    "SystemService.CheckSystem": FOUND,
    "ConfigService.GetConfig": FOUND,
    "ConfigService.ReloadConfig": FOUND,
    "BackupService.CreateBackup": FOUND,
    "BackupService.StreamBackup": FOUND,
    "BackupService.ListBackups": FOUND,
}


def sample(operation):
    """The request's fields, and how it must end: everything that is named in a path does not exist."""
    values = {name: NO_ID for name in operation.path_fields}
    if "version" in values:
        values["version"] = 1
    if operation.name in ("SendMessage", "StreamMessage", "CreateSoul"):
        values["text"] = "hello"
    if operation.name == "DiffSouls":
        values["from"] = 1
    if operation.name == "StreamEvents":
        values["run"] = NO_ID  # without one it has no end
    return values, OUTCOMES.get(str(operation), NOT_FOUND)


def over_rest(rest, operation, values, headers=None, query=None):
    """Sends it over REST."""
    path, left = operation.route(values)
    headers = dict(headers or {})
    if operation.name in ("StreamMessage", "StreamBackup", "StreamPullLocalModel"):
        headers["Accept"] = "text/event-stream"
    if operation.body:
        return rest.call(operation.verb, path, left, headers, query)
    return rest.call(operation.verb, path, None, headers, {**left, **(query or {})})
