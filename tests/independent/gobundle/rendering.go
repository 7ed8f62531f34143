package main

import (
	"encoding/hex"
	"fmt"
	"sort"
	"strings"
)

// checkReport makes step `report` (section 10).
func (b *bundle) checkReport(step *step) {
	step.about("README.zh-CN.md", func() {
		require(string(b.file("README.zh-CN.md")) == t.Readme, "it is not the text of this format")
	})
	step.about("report.html", func() {
		given, wanted := string(b.file("report.html")), b.rendered()
		if given != wanted {
			at := 0
			for at < len(given) && at < len(wanted) && given[at] == wanted[at] {
				at++
			}
			refuse("it is not what follows from the records, from byte %d", at)
		}
	})
}

func (b *bundle) rendered() string {
	streams, names := b.streams()
	parts := []string{t.Head, "<h1>证据包报告</h1>", b.summary()}
	for _, name := range names {
		if prefixed(name, "evidence/") {
			parts = append(parts, b.evidencePart(name, streams))
		}
	}
	for _, name := range names {
		rows := "<h2>记录：<code>" + esc(name) + "</code></h2>" + t.RowsHead
		for _, e := range streams[name] {
			rows += recordRow(e)
		}
		parts = append(parts, rows+"</table>")
	}
	var opened []string
	byPlace := append([]*disclosure{}, b.disclosures...)
	sort.SliceStable(byPlace, func(i, j int) bool {
		one, other := byPlace[i], byPlace[j]
		return one.index < other.index || one.index == other.index && one.member < other.member
	})
	for _, each := range byPlace {
		opened = append(opened, fmt.Sprintf("第 %d 条 %s：%s", each.index, each.member, shown(each.value)))
	}
	parts = append(parts, "<h2>披露的内容</h2>"+listed(opened), "<h2>未披露的内容</h2>"+listed(b.closed),
		"<h2>未包括的内容</h2>"+listed(b.notIncluded), t.Checks, t.Rules, t.Tail)
	return strings.Join(parts, "\n")
}

func recordRow(e *entry) string {
	leaf := e.leaf()
	kind := t.Types[e.kind]
	if kind == "" {
		kind = e.kind
	}
	row := "<tr>"
	for _, cell := range []string{fmt.Sprint(e.index), beijing(e.time), kind, e.actor, hex.EncodeToString(leaf[:8])} {
		row += "<td>" + esc(cell) + "</td>"
	}
	return row + "</tr>"
}

func (b *bundle) summary() string {
	m := b.manifest()
	counted := func(form string, size any) string {
		if size == nil {
			return "无"
		}
		return fmt.Sprintf(form, size)
	}
	records := fmt.Sprintf("%d 条，%s 至 %s", len(b.records), beijing(m["first_at"]), beijing(m["last_at"]))
	return table([][2]string{
		{"案件", orAbsent(m["case_id"])},
		{"账本", b.log.origin},
		{"账本检查点", fmt.Sprintf("%d 条", b.final.size)},
		{"默克尔根", hex.EncodeToString(b.final.root[:])},
		{"记录", records},
		{"时间", t.Clocks[b.log.clock]},
		{"副署（以公布的公钥核验）", orNone(strings.Join(b.witnessNames, "、"))},
		{"时间戳（记录之前，以机构证书核验）", b.stampedCell("lower")},
		{"时间戳（记录之后，以机构证书核验）", b.stampedCell("upper")},
		{"时间戳（最终检查点，以机构证书核验）", b.stampedCell("final")},
		{"监督方的完整性声明（以公布的公钥核验）", counted("前 %d 条", m["statement"])},
		{"国密旁证", counted("SM3 树，前 %d 条", m["twin"])},
	})
}

func (b *bundle) stampedCell(role string) string {
	authorities, size := b.files.authorities(role), b.sizeOf("checkpoints/"+role+".note")
	if size == nil || len(authorities) == 0 {
		return "无"
	}
	return fmt.Sprintf("前 %d 条，%s", size, strings.Join(authorities, "、"))
}

// last is the member of the last record of a stream that has it; of one kind, or of any if kind is empty.
func last(stream []*entry, kind, member string) any {
	for i := len(stream) - 1; i >= 0; i-- {
		if value := stream[i].data[member]; value != nil && (kind == "" || stream[i].kind == kind) {
			return value
		}
	}
	return nil
}

// ofKind is the first or the last record of a kind; nil if there is none.
func ofKind(stream []*entry, kind string, wantLast bool) (found *entry) {
	for _, e := range stream {
		if e.kind == kind && (found == nil || wantLast) {
			found = e
		}
	}
	return found
}

func coded(codes any) string {
	var parts []string
	for _, each := range (object{"codes": codes}).list("codes") {
		code := asText(each)
		if words := t.Codes[code]; words != "" {
			code += " " + words
		}
		parts = append(parts, code)
	}
	return orNone(strings.Join(parts, "；"))
}

func timeOf(e *entry) string {
	if e == nil {
		return absent
	}
	return beijing(e.time)
}

func (b *bundle) evidencePart(name string, streams map[string][]*entry) string {
	stream := streams[name]
	device, captured, received, entered := absent, absent, absent, absent
	ingested := ofKind(stream, "evidence.ingested", false)
	if ingested != nil {
		device = deviceCell(ingested.data, streams)
		captured = fmt.Sprintf("%s（来源：%s；设备所报，平台不作保证）", beijing(ingested.data["captured_at"]),
			orAbsent(ingested.data["captured_from"]))
		received = beijing(ingested.data["received_at"])
		entered = fmt.Sprintf("%s（第 %d 条）", beijing(ingested.time), ingested.index)
	}
	var flags, reviewers []string
	for _, each := range (object{"flags": last(stream, "", "flags")}).list("flags") {
		flags = append(flags, asText(each))
	}
	accepted := ofKind(stream, "evidence.accepted", true)
	rejected, erased := ofKind(stream, "evidence.rejected", true), ofKind(stream, "evidence.erased", false)
	if accepted != nil {
		reviewers = []string{orAbsent(accepted.data["proposed_by"]), orAbsent(accepted.data["confirmed_by"])}
	} else {
		reviewers = []string{absent}
	}
	var reasons any
	if rejected != nil {
		reasons = rejected.data["codes"]
	}
	rows := [][2]string{
		{"证据编号", idOf(name)},
		{"设备编号", device},
		{"自称的采集时间", captured},
		{"平台接收时间", received},
		{"账本入账时间", entered},
		{"违法行为代码", orAbsent(last(stream, "", "violation_code"))},
		{"号牌", b.plateCell(ingested)},
		{"采集时设备合法", lawfulCell(stream)},
		{"技术检查未通过项", coded(last(stream, "evidence.checked", "codes"))},
		{"异常标记", orNone(strings.Join(flags, "、"))},
		{"初审、复审人员", strings.Join(reviewers, "、")},
		{"成为证据的时间", timeOf(accepted)},
		{"剔除原因", coded(reasons)},
		{"备份核对时间", timeOf(ofKind(stream, "evidence.backed_up", true))},
	}
	if erased != nil {
		rows = append(rows, [2]string{"依法删除", timeOf(erased)})
	}
	return "<h2>证据说明</h2>" + table(rows) + b.figures(ingested)
}

func deviceCell(data object, streams map[string][]*entry) string {
	device, code := orAbsent(data["device_id"]), absent
	for _, e := range streams["device/"+device] {
		if text, is := e.data["code"].(string); is {
			code = text
			break
		}
	}
	return fmt.Sprintf("%s（%s）", code, device)
}

// plateCell is the plate that the intake committed to; a later record may commit to another.
func (b *bundle) plateCell(taken *entry) string {
	if taken == nil {
		return absent
	}
	for _, each := range b.disclosures {
		if each.index == taken.index && each.field == "plate" && each.member == "plate" {
			return shown(each.value)
		}
	}
	if _, is := commitment(taken.data["plate"]); is {
		return "未披露"
	}
	return absent
}

// lawfulCell says of a device that it was lawful only where the record names the registry's statement.
func lawfulCell(stream []*entry) string {
	for i := len(stream) - 1; i >= 0; i-- {
		said := stream[i].data["lawful"]
		if said == nil {
			continue
		}
		_, named := stream[i].data["capability_sha256"].(string)
		switch {
		case said == false:
			return "否"
		case said == true && named && stream[i].kind == "evidence.checked":
			return "是"
		}
		return "未检查"
	}
	return "未检查"
}

func (b *bundle) figures(ingested *entry) string {
	if ingested == nil {
		return ""
	}
	var out strings.Builder
	for i, each := range ingested.data.list("media") {
		picture := asObject(each)
		digest := picture.text("sha256")
		file, absence := b.picture(digest), ""
		out.WriteString("<figure>")
		switch {
		case file != "":
			ending, known := endings[picture.text("media_type")]
			require(known, "%s has an unknown media_type", digest)
			fmt.Fprintf(&out, `<img src="media/%s" alt="">`, digest+ending)
		case b.erased(digest):
			absence = " 已依法删除"
		default:
			absence = " 不在包内"
		}
		fmt.Fprintf(&out, "<figcaption>图片 %d：%s 字节%s<br>SHA-256 <code>%s</code></figcaption></figure>",
			i+1, esc(shown(picture["size"])), absence, esc(digest))
	}
	return out.String()
}
