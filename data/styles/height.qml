<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>
<!-- SPDX-License-Identifier: MIT -->
<!-- Height, m. -->
<qgis version="3.22.0" styleCategories="LayerConfiguration|Symbology">
  <pipe>
    <provider>
      <resampling enabled="false" zoomedInResamplingMethod="nearestNeighbour" zoomedOutResamplingMethod="nearestNeighbour" maxOversampling="2"/>
    </provider>
    <rasterrenderer type="singlebandpseudocolor" band="1" opacity="1" alphaBand="-1" nodataColor="" classificationMin="0" classificationMax="1000">
      <rasterTransparency/>
      <minMaxOrigin>
        <limits>None</limits>
        <extent>WholeRaster</extent>
        <statAccuracy>Estimated</statAccuracy>
      </minMaxOrigin>
      <rastershader>
        <colorrampshader colorRampType="INTERPOLATED" classificationMode="1" clip="0" minimumValue="0" maximumValue="1000" labelPrecision="4">
          <item value="0" label="0" color="#33584a" alpha="255"/>
          <item value="50" label="50" color="#496b53" alpha="255"/>
          <item value="100" label="100" color="#5e7e5c" alpha="255"/>
          <item value="150" label="150" color="#749066" alpha="255"/>
          <item value="200" label="200" color="#8aa36f" alpha="255"/>
          <item value="250" label="250" color="#9eae7b" alpha="255"/>
          <item value="300" label="300" color="#b2b988" alpha="255"/>
          <item value="350" label="350" color="#c5c494" alpha="255"/>
          <item value="400" label="400" color="#d9cfa0" alpha="255"/>
          <item value="450" label="450" color="#cfbe91" alpha="255"/>
          <item value="500" label="500" color="#c4ae82" alpha="255"/>
          <item value="550" label="550" color="#ba9e73" alpha="255"/>
          <item value="600" label="600" color="#b08d64" alpha="255"/>
          <item value="650" label="650" color="#a68460" alpha="255"/>
          <item value="700" label="700" color="#9d7c5c" alpha="255"/>
          <item value="750" label="750" color="#947359" alpha="255"/>
          <item value="800" label="800" color="#8a6a55" alpha="255"/>
          <item value="850" label="850" color="#a48b7b" alpha="255"/>
          <item value="900" label="900" color="#beaca0" alpha="255"/>
          <item value="950" label="950" color="#d8cec6" alpha="255"/>
          <item value="1000" label="1000" color="#f2efec" alpha="255"/>
          <rampLegendSettings useContinuousLegend="1" orientation="2" direction="0" prefix="" suffix=" m/yr" minimumLabel="" maximumLabel=""/>
        </colorrampshader>
      </rastershader>
    </rasterrenderer>
    <brightnesscontrast brightness="0" contrast="0" gamma="1"/>
    <huesaturation saturation="0" grayscaleMode="0" colorizeOn="0"/>
    <rasterresampler maxOversampling="2"/>
  </pipe>
  <blendMode>0</blendMode>
</qgis>
