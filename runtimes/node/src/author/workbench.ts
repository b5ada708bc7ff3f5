/** React nodes of Workbench plug-ins: importable by Step projects, drawn by the Workbench only (TYP-11). */
export const ApiNode: any = undefined
export const EventNode: any = undefined
export const CronNode: any = undefined
export const NoopNode: any = undefined
export const BaseNode: any = undefined
export const BaseHandle: any = undefined
export const Position: any = undefined
