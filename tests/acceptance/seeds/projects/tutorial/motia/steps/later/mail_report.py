from motia import event, state_manager


@event(id="mail-report")
async def mail_report(reportType, data, recipients):  # noqa: N803 - the payload's names
    await state_manager.set("reports", reportType, {"rolls": data["rolls"], "to": recipients})
