from motia import EventConfig, handler

config = EventConfig(name="SurveyRail", subscribes=["survey.rail"], emits=["survey.rail.done"])


@handler
async def survey(input, context):
    await context.state.set("surveys", f"{input['data']['survey']}-rail", {"hours": 3})
    await context.emit(topic="survey.rail.done", data=input["data"])
