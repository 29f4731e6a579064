// What @cityssm/green-button-parser reads in a feed, for test_real_readers.py: sums of streams, summaries, customers.
// Usage: node green-button-parser.mjs feed.xml
import { readFileSync } from 'node:fs'
import { atomToGreenButtonJson } from '@cityssm/green-button-parser'
import {
  getEntriesByContentType,
  getReadingTypeEntryFromMeterReadingEntry,
  getUsagePointEntryFromEntry
} from '@cityssm/green-button-parser/helpers'

const feed = await atomToGreenButtonJson(readFileSync(process.argv[2], 'utf8'))
// It makes a lone element of what could be a list.
const listed = (found) => (found === undefined ? [] : [found].flat())

const blocks = Map.groupBy(getEntriesByContentType(feed, 'IntervalBlock'), (entry) => entry.links.up)

const streams = getEntriesByContentType(feed, 'MeterReading').map((entry) => {
  const readings = entry.links.related
    .flatMap((link) => blocks.get(link) ?? [])
    .flatMap((block) => listed(block.content.IntervalBlock))
    .flatMap((block) => listed(block.IntervalReading))
  const type = getReadingTypeEntryFromMeterReadingEntry(feed, entry).content.ReadingType
  return {
    point: getUsagePointEntryFromEntry(feed, entry).links.selfUid,
    uom: type.uom,
    power: type.powerOfTenMultiplier,
    flow: type.flowDirection,
    accumulation: type.accumulationBehaviour,
    count: readings.length,
    sum: String(readings.reduce((sum, reading) => sum + BigInt(reading.value), 0n))
  }
})

const summaries = getEntriesByContentType(feed, 'UsageSummary').map((entry) => {
  const summary = entry.content.UsageSummary
  return {
    point: getUsagePointEntryFromEntry(feed, entry).links.selfUid,
    cost: summary.billLastPeriod,
    used: summary.overallConsumptionLastPeriod,
    peak: summary.peakDemand?.value,
    lines: listed(summary.costAdditionalDetailLastPeriod).map((line) => [line.note, line.amount])
  }
})

const kinds = {}
for (const entry of feed.entries) {
  const kind = Object.keys(entry.content)[0]
  kinds[kind] = (kinds[kind] ?? 0) + 1
}
const customers = getEntriesByContentType(feed, 'Customer').map((entry) => entry.content.Customer.customerName)
const points = getEntriesByContentType(feed, 'UsagePoint').map((entry) => entry.content.UsagePoint.ServiceCategory.kind)
console.log(JSON.stringify({ streams, summaries, kinds, customers, points }))
